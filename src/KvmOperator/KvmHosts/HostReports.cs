using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts;

/// <summary>Says in conditions what the preparation found. Pure.</summary>
internal static class HostReports
{
    /// <summary>The condition of each step.</summary>
    public static IReadOnlyDictionary<PreparationStep, string> Conditions { get; } = new Dictionary<PreparationStep, string>
    {
        [PreparationStep.Names] = KvmHostConditions.NamesResolved,
        [PreparationStep.Firewall] = KvmHostConditions.FirewallReady,
        [PreparationStep.Selinux] = KvmHostConditions.SelinuxReady,
        [PreparationStep.TimeSynchronization] = KvmHostConditions.TimeSynchronized,
        [PreparationStep.Virtualization] = KvmHostConditions.VirtualizationReady,
        [PreparationStep.PeerTrust] = KvmHostConditions.PeersTrusted,
        [PreparationStep.StoreMounts] = KvmHostConditions.StoresMounted,
    };

    /// <summary>Writes the conditions of all steps that were reported.</summary>
    public static void Tell(ConditionList conditions, IReadOnlyList<StepReport> reports)
    {
        foreach (var report in reports)
        {
            var type = Conditions[report.Step];
            var message = report.State.Message.Length > 0 ? report.State.Message : "as it should be";
            switch (report.State.Status)
            {
                case StepStatus.Ready:
                    conditions.True(type, CommonReasons.AsExpected, message);
                    break;
                case StepStatus.InProgress or StepStatus.Drifted:
                    conditions.False(type, CommonReasons.InProgress, message);
                    break;
                default:
                    conditions.False(type, CommonReasons.StepFailed, message);
                    break;
            }
        }
    }

    /// <summary>Sums up: ready when every step is, otherwise what the first one lacks.</summary>
    public static void Sum(ConditionList conditions, IReadOnlyList<StepReport> reports)
    {
        if (reports.FirstOrDefault(report => !report.State.IsReady) is { } lacking)
        {
            conditions.False(CommonConditions.Ready, Conditions[lacking.Step], lacking.State.Message);
        }
        else
        {
            conditions.True(CommonConditions.Ready, CommonReasons.AsExpected, "prepared and watched");
        }
    }
}
