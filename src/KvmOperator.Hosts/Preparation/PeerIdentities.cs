using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Keeps a key pair of its own beside root's own keys, so that removing it hurts nobody.</summary>
internal sealed class PeerIdentities : IPeerIdentities
{
    /// <summary>The private key's file.</summary>
    public const string KeyFile = "/root/.ssh/kvm-operator";

    private static readonly string Script = HostScripts.Read("Preparation/peer-identity.sh");

    /// <inheritdoc/>
    public async Task<PeerIdentity> EnsureAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var lines = (await host.ReadAsync(RemoteCommand.Script(Script, KeyFile), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // What a host says about itself goes into its peers' files: only keys get through.
        var keys = lines.Select(line => HostKey.Parse(line).OpenSshLine).ToList();
        return new PeerIdentity(keys[0], [.. keys.Skip(1).Order(StringComparer.Ordinal)]);
    }
}
