using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Fencing;

/// <inheritdoc/>
internal sealed class PeerKeys : IPeerKeys
{
    private const string AuthorizedKeys = "/root/.ssh/authorized_keys";

    private static readonly string Script = ManagedBlock.Functions + "\n" + HostScripts.Read("Fencing/forget-peer.sh");

    /// <inheritdoc/>
    public async Task ForgetAsync(IHostShell peer, string host, CancellationToken cancellationToken) =>
        await peer.RequireAsync(RemoteCommand.Script(Script, AuthorizedKeys, PlainWord.Require(host)), cancellationToken);
}
