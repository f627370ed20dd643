using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Gives the host its name, and teaches it the addresses of its peers: migration resolves the name that the target calls itself by.</summary>
internal sealed class HostNames : IPreparationStep
{
    private const string File = "/etc/hosts";

    private const string Check =
        "[ \"$(hostname)\" = \"$3\" ] || echo \"drift the host calls itself $(hostname) and not $3\"\n" + ManagedBlock.CheckScript + "\necho 'ready the host and its peers know each other by name'";

    private const string Apply =
        ManagedBlock.PutScript + " || exit 1\n" +
        "[ \"$(hostname)\" = \"$3\" ] || hostnamectl set-hostname -- \"$3\"";

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Names;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(Check, File, "the addresses of the peers in /etc/hosts are not the current ones", plan.HostName).WithInput(Lines(plan));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await host.RequireAsync(RemoteCommand.Script(Apply, File, "0644", plan.HostName).WithInput(Lines(plan)), cancellationToken);
        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(ManagedBlock.PutScript, File, "0644"), cancellationToken);

    /// <summary>The lines of the block.</summary>
    internal static string Lines(HostPlan plan) => string.Join(
        '\n',
        plan.Peers.Append(new PeerHost(plan.HostName, plan.Addresses, Identity: null))
            .OrderBy(peer => peer.Name, StringComparer.Ordinal)
            .Where(peer => peer.Addresses.Count > 0)
            .Select(peer => $"{PlainWord.Require(peer.Addresses[0])} {PlainWord.Require(peer.Name)}"));
}
