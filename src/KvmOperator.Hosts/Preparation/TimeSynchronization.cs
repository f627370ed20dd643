using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Keeps the clock of a host synchronised with chrony. Migration and NFS leases depend on it.</summary>
internal sealed class TimeSynchronization(PackageManager packages, StepJobs jobs) : IPreparationStep
{
    private static readonly PackageSet Chrony = new("time", ["chrony"], ["chrony"]);

    /// <summary>Defines <c>config</c> and <c>service</c>, which have different names in the two families.</summary>
    private const string Names =
        """
        config=/etc/chrony.conf service=chronyd
        [ ! -d /etc/chrony ] || config=/etc/chrony/chrony.conf service=chrony
        """;

    private const string Check = ManagedBlock.Functions + "\n" + Names + "\n" +
        """
        [ "$(block_text "$config")" = "$(cat)" ] || echo 'drift the time servers are not the wanted ones'
        systemctl is-active --quiet "$service" || echo 'drift chrony does not run'
        systemctl is-enabled --quiet "$service" || echo 'drift chrony does not start with the machine'
        case $(chronyc -n tracking 2>&1) in
          *'Leap status     : Normal'*) echo 'ready the clock is synchronised' ;;
          *) if systemctl is-active --quiet "$service"; then echo 'unsynchronised'; fi ;;
        esac
        """;

    /// <summary><c>$1</c> is what should stand in chrony's file.</summary>
    private const string Apply = ManagedBlock.Functions + "\n" + Names + "\n" +
        """
        wanted=$1
        if [ "$(block_text "$config")" != "$wanted" ]; then
          printf %s "$wanted" | block_put "$config" 0644 && systemctl restart "$service" || exit 1
        fi
        systemctl enable --now --quiet "$service" || exit 1
        chronyc waitsync 10 0 0 2 >/dev/null 2>&1
        true
        """;

    private const string Remove = ManagedBlock.Functions + "\n" + Names + "\n" +
        """
        [ -n "$(block_text "$config")" ] || exit 0
        block_put "$config" 0644 && systemctl try-restart "$service"
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.TimeSynchronization;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.CheckAsync(host, Chrony, plan.ManagesPackages, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        var output = (await host.RequireAsync(RemoteCommand.Script(Check).WithInput(Lines(plan)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken)).OutputText;
        var state = StepState.Parse(output);
        return state.IsReady && output.Contains("unsynchronised", StringComparison.Ordinal)
            ? new StepState(StepStatus.InProgress, "the clock is not synchronised yet; if that lasts, check that the time servers can be reached")
            : state;
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var installed = await packages.ApplyAsync(host, Chrony, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        return await jobs.RunAsync(host, "time", Apply, [Lines(plan)], cancellationToken)
            ? await CheckAsync(host, plan, cancellationToken)
            : new StepState(StepStatus.InProgress, "chrony is being started, and the clock synchronised");
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => await host.RequireAsync(RemoteCommand.Script(Remove), cancellationToken);

    /// <summary>What stands in chrony's file.</summary>
    internal static string Lines(HostPlan plan) =>
        plan.TimeServers.Count == 0 ? string.Empty : string.Join('\n', [.. plan.TimeServers.Select(server => $"server {PlainWord.Require(server)} iburst prefer"), "makestep 1 3"]);
}
