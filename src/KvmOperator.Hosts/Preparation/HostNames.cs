using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Teaches a host the addresses of its peers, and gives one that has no name the KvmHost's. A name that it has stays unless that is managed: certificates, Kerberos and whoever configures
/// the machine know it by that, and moves go to addresses.
/// </summary>
internal sealed class HostNames : IPreparationStep
{
    private const string File = "/etc/hosts";

    private static readonly string Script = ManagedBlock.Functions + "\n" + HostScripts.Read("Preparation/names.sh");

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Names;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        StepState.Parse((await host.RequireAsync(Command("check", plan), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await host.RequireAsync(Command("apply", plan), cancellationToken);
        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <summary>A name stays: it was the machine's own, or was asked for.</summary>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(ManagedBlock.PutScript, File, "0644"), cancellationToken);

    /// <summary>The lines of the peers.</summary>
    internal static string Lines(HostPlan plan) => string.Join(
        '\n',
        plan.Peers.OrderBy(peer => peer.Name, StringComparer.Ordinal)
            .Where(peer => peer.Addresses.Count > 0)
            .Select(peer => $"{PlainWord.Require(peer.Addresses[0])} {PlainWord.Require(peer.Name)}"));

    private static RemoteCommand Command(string verb, HostPlan plan) => RemoteCommand
        .Script(Script, verb, PlainWord.Require(plan.HostName), PlainWord.Require(plan.Addresses[0]), plan.Naming.ToString())
        .WithInput(Lines(plan));
}
