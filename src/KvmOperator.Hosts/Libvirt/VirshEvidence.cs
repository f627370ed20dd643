using System.Globalization;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Looks for what shows that a guest works, by virsh.</summary>
internal sealed class VirshEvidence : IGuestEvidenceReader
{
    private static readonly string Script = HostScripts.Read("Libvirt/guest-evidence.sh");

    /// <inheritdoc/>
    public async Task<GuestEvidence> ReadAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        Parse((await host.RequireAsync(RemoteCommand.Script(Script, domain.Reference), cancellationToken)).OutputText);

    /// <summary>What the script printed.</summary>
    internal static GuestEvidence Parse(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).ToList();
        var written = Values("written").Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0).ToList();
        return new GuestEvidence(
            lines.Exists(line => line is ["agent"]),
            First("lease"),
            First("neighbour"),
            written.Count == 0 ? null : written.Sum());

        string? First(string word) => GuestAddresses.Useful(Values(word)) is [var address, ..] ? address : null;

        IEnumerable<string> Values(string word) => lines.Where(line => line is [var first, _] && first == word).Select(line => line[1]);
    }
}
