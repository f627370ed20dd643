using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Keeps a key pair of its own beside root's own keys, so that removing it hurts nobody.</summary>
internal sealed class PeerIdentities : IPeerIdentities
{
    /// <summary>The private key's file.</summary>
    public const string KeyFile = "/root/.ssh/kvm-operator";

    private const string Script =
        """
        mkdir -p -m 0700 "$(dirname "$1")" || exit 1
        if [ ! -s "$1" ] || [ ! -s "$1.pub" ]; then
          rm -f "$1" "$1.pub"
          # Machines in FIPS mode make no ed25519 keys.
          ssh-keygen -q -t ed25519 -N '' -C "kvm-operator@$(hostname)" -f "$1" 2>/dev/null || {
            rm -f "$1" "$1.pub"
            ssh-keygen -q -t ecdsa -b 256 -N '' -C "kvm-operator@$(hostname)" -f "$1" || exit 1
          }
        fi
        cut -d ' ' -f 1,2 "$1.pub"
        for key in /etc/ssh/ssh_host_*_key.pub; do cut -d ' ' -f 1,2 "$key"; done
        """;

    /// <inheritdoc/>
    public async Task<PeerIdentity> EnsureAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var lines = (await host.ReadAsync(RemoteCommand.Script(Script, KeyFile), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // What a host says about itself goes into its peers' files: only keys get through.
        var keys = lines.Select(line => HostKey.Parse(line).OpenSshLine).ToList();
        return new PeerIdentity(keys[0], [.. keys.Skip(1).Order(StringComparer.Ordinal)]);
    }
}
