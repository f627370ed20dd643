using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Lets the peers, and nobody else, reach SSH and the migration ports through an active firewalld or ufw, and undoes that for peers that left.
/// </summary>
internal sealed class Firewall : IPreparationStep
{
    private static readonly string Script = $"{FirewalldRules.Functions}\nmark={FirewalldRules.Peers}\n{HostScripts.Read("Preparation/firewall.sh")}";

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Firewall;

    /// <inheritdoc/>
    public Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        RunAsync(host, plan.Firewall, "check", plan.PeerAddresses, cancellationToken);

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await RunAsync(host, plan.Firewall, "apply", plan.PeerAddresses, cancellationToken);
        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => RunAsync(host, FirewallMode.Managed, "apply", [], cancellationToken);

    private static async Task<StepState> RunAsync(IHostShell host, FirewallMode mode, string verb, IEnumerable<string> peers, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(Script, [mode.ToString(), verb, .. peers]).WithDeadline(TimeSpan.FromMinutes(3));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }
}
