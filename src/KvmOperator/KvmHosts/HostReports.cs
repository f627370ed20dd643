using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
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

    /// <summary>Writes the condition about the stores as a look found them. What is not mounted is the preparation's to say.</summary>
    /// <param name="conditions">Where it is written.</param>
    /// <param name="plan">What should be mounted.</param>
    /// <param name="hung">The stores that are mounted and do not answer.</param>
    public static void TellStores(ConditionList conditions, HostPlan plan, IReadOnlyList<StoreProbe> hung)
    {
        if (hung.Count > 0)
        {
            TellHung(conditions, hung);
        }
        else if (conditions.Find(KvmHostConditions.StoresMounted) is not { Status: "True" })
        {
            // What the preparation said of mounted stores stays.
            conditions.True(KvmHostConditions.StoresMounted, CommonReasons.AsExpected, plan.Stores.Count == 0 ? "there is no store to mount" : "all stores are mounted");
        }
    }

    /// <summary>What a look found of a libvirt that hangs, as a finding of the step that is about it.</summary>
    public static StepReport OfHangingLibvirt(HostObservation seen) => new(
        PreparationStep.Virtualization,
        new StepState(
            StepStatus.Blocked,
            $"{seen.LibvirtProblem.TrimEnd('.')}. What is known of the guests there stays as it was, and nothing is started elsewhere. See on the host what it waits for (systemctl status libvirtd, or virtqemud), and restart it: guests run on meanwhile."),
        Mended: null);

    /// <summary>Says which stores are mounted and do not answer.</summary>
    public static void TellHung(ConditionList conditions, IReadOnlyList<StoreProbe> hung)
    {
        if (hung.Count > 0)
        {
            conditions.False(
                KvmHostConditions.StoresMounted,
                KvmHostReasons.StorageUnavailable,
                $"mounted, but without an answer: {string.Join(", ", hung.Select(probe => $"{probe.MountPath} ({probe.Reason})"))}. Guests there wait. Check the server and the network to it: see the NfsStore (kubectl describe nfsstore).");
        }
    }

    /// <summary>Whether a step failed: it was to be mended and still differs, it ended with an error, or only a person can mend it.</summary>
    public static bool IsFailure(StepReport report) => report.State.Status is StepStatus.Drifted or StepStatus.Failed or StepStatus.Blocked;

    /// <summary>
    /// Sums up what the host itself needs in order to take guests: ready when every step is, otherwise what the first one lacks. A store that is not mounted is lacking.
    /// One that is mounted and does not answer is not: that is the store's fault and nothing on the host mends it, so it is said in StoresMounted and in the store's
    /// own conditions, by which guests are placed store by store.
    /// </summary>
    /// <param name="conditions">Where it is written.</param>
    /// <param name="ready">Whether every step is.</param>
    /// <param name="reports">What was found of each step so far.</param>
    public static void Sum(ConditionList conditions, bool ready, IReadOnlyList<StepReport> reports)
    {
        if (reports.FirstOrDefault(report => !report.State.IsReady) is { } lacking)
        {
            conditions.False(CommonConditions.Ready, Conditions[lacking.Step], lacking.State.Message);
        }
        else if (ready)
        {
            conditions.True(CommonConditions.Ready, CommonReasons.AsExpected, "prepared and watched");
        }
        else
        {
            conditions.False(CommonConditions.Ready, CommonReasons.InProgress, "the machine is being prepared");
        }
    }
}
