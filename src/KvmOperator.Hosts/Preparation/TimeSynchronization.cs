using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Sees to it that the clock of a host is synchronised: migration and NFS leases depend on it. A time service that runs already does; a machine without one, or with time servers to set
/// where neither chrony nor systemd-timesyncd runs, gets chrony.
/// </summary>
internal sealed class TimeSynchronization(PackageManager packages, StepJobs jobs) : IPreparationStep
{
    private static readonly PackageSet Chrony = new("time", ["chrony"], ["chrony"])
    {
        Instead = "keep them: leave spec.preparation.timeServers out, or set spec.preparation.timeService to Unmanaged",
    };

    private const string Timesyncd = "systemd-timesyncd";

    private static readonly string Script = ManagedBlock.Functions + "\n" + HostScripts.Read("Preparation/time.sh");

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.TimeSynchronization;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var (keeper, synchronised) = await KeeperAsync(host, cancellationToken);
        if (plan.TimeService == TimeServiceMode.Managed && keeper == Timesyncd
            && StepState.Parse((await host.RequireAsync(Servers("check", plan), cancellationToken)).OutputText) is { IsReady: false } other)
        {
            return other;
        }

        if (OfOther(plan, keeper, synchronised) is { } kept)
        {
            return kept;
        }

        var installed = await packages.CheckAsync(host, Chrony, plan.ManagesPackages, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        var output = (await host.RequireAsync(RemoteCommand.Script(Script, "check").WithInput(Lines(plan)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken)).OutputText;
        var state = StepState.Parse(output);
        return state.IsReady && output.Contains("unsynchronised", StringComparison.Ordinal)
            ? new StepState(StepStatus.InProgress, "the clock is not synchronised yet; if that lasts, check that the time servers can be reached")
            : state;
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        if ((await KeeperAsync(host, cancellationToken)).Keeper == Timesyncd)
        {
            await host.RequireAsync(Servers("apply", plan).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);
            return await CheckAsync(host, plan, cancellationToken);
        }

        var installed = await packages.ApplyAsync(host, Chrony, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        return await jobs.RunAsync(host, "time", Script, ["apply", Lines(plan)], cancellationToken)
            ? await CheckAsync(host, plan, cancellationToken)
            : new StepState(StepStatus.InProgress, "chrony is being started, and the clock synchronised");
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => await host.RequireAsync(RemoteCommand.Script(Script, "remove"), cancellationToken);

    /// <summary>What stands in chrony's file.</summary>
    internal static string Lines(HostPlan plan) =>
        plan.TimeServers.Count == 0 ? string.Empty : string.Join('\n', [.. plan.TimeServers.Select(server => $"server {PlainWord.Require(server)} iburst prefer"), "makestep 1 3"]);

    private static RemoteCommand Servers(string verb, HostPlan plan) => RemoteCommand.Script(Script, ["servers", verb, .. plan.TimeServers.Select(PlainWord.Require)]);

    /// <summary>Which service keeps the clock, and whether that is synchronised: yes, no or unknown.</summary>
    private static async Task<(string Keeper, string Synchronised)> KeeperAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var words = (await host.ReadAsync(RemoteCommand.Script(Script, "other"), cancellationToken)).Split(' ');
        return (words[0], words[^1]);
    }

    /// <summary>What is said of a clock that the operator does not keep; null when it does.</summary>
    private static StepState? OfOther(HostPlan plan, string keeper, string synchronised)
    {
        if (plan.TimeService == TimeServiceMode.Unmanaged)
        {
            var by = keeper == "none" ? "no time service that is known runs" : $"{keeper} runs";
            return synchronised == "yes"
                ? new StepState(StepStatus.Ready, $"the clock is synchronised, which is left to others ({by})")
                : new StepState(
                    StepStatus.Ready,
                    $"the clock is left to others, and it is {(synchronised == "no" ? "not synchronised" : "not known whether it is synchronised")} ({by}): see on the machine why (timedatectl)") { IsPending = true };
        }

        return (keeper, synchronised) switch
        {
            ("none" or "chrony", _) => null,
            (not Timesyncd, _) when plan.TimeServers.Count > 0 => null,
            (_, "no") => new StepState(StepStatus.InProgress, $"the clock is not synchronised yet by {keeper}, which runs there; if that lasts, check that it reaches its time servers"),
            _ => new StepState(StepStatus.Ready, $"the clock is synchronised by {keeper}, which was there"),
        };
    }
}
