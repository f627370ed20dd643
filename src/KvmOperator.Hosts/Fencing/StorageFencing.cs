using System.Globalization;
using System.Net;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Shuts hosts out by one script.</summary>
internal sealed class StorageFencing : IStorageFencing
{
    /// <summary>Beside the drains: the lock, exportfs, and a second of rest up to three times.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    private static readonly string FactsScript = HostScripts.Read("Fencing/server-facts.sh");

    private static readonly string Script = HostScripts.Read("Fencing/storage-fence.sh");

    /// <summary>How long the kernel may take to end a client; a try that takes longer proves nothing and is made again.</summary>
    internal TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public Task<StorageFenceReading> FenceAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken) => ReadAsync(server, "fence", order, cancellationToken);

    /// <inheritdoc/>
    public Task<StorageFenceReading> VerifyAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken) => ReadAsync(server, "verify", order, cancellationToken);

    /// <inheritdoc/>
    public async Task<ServerFacts> ReadFactsAsync(IHostShell server, CancellationToken cancellationToken) =>
        ServerFacts.Parse((await server.RequireAsync(RemoteCommand.Script(FactsScript) with { Label = "server-facts" }, cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task UnfenceAsync(IHostShell server, StorageFenceOrder order, CancellationToken cancellationToken) => await server.RequireAsync(Command("unfence", order), cancellationToken);

    private async Task<StorageFenceReading> ReadAsync(IHostShell server, string verb, StorageFenceOrder order, CancellationToken cancellationToken)
    {
        var command = Command(verb, order);
        var result = await server.RequireAsync(command, cancellationToken);
        return StorageFenceReading.Parse(result.OutputText) ?? throw new CommandFailedException(server.Name, command, result);
    }

    private RemoteCommand Command(string verb, StorageFenceOrder order) => RemoteCommand.Script(
        Script,
        [
            verb, FileName(order.FailoverId), FileName(order.Host), order.Epoch.ToString(CultureInfo.InvariantCulture), ((int)Drain.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            .. Addresses(order.Addresses).Select(address => $"address={address}"),
            .. order.ClientName is { } name ? [$"name={PlainWord.Require(name)}"] : Array.Empty<string>(),
            .. order.Paths.Select(path => $"path={PlainWord.Require(path)}"),
            .. order.Inodes.Select(inode => $"inode={PlainWord.Require(inode)}"),
            .. order.Controls.Select(Address).Select(address => $"control={address}"),
        ]) with { Deadline = (2 * Drain) + Rest, Label = $"storage-fence {verb}" };

    /// <summary>A fence of nobody would be found to hold.</summary>
    private static IEnumerable<string> Addresses(IReadOnlyList<string> addresses) => addresses.Count > 0
        ? addresses.Select(Address).Distinct(StringComparer.Ordinal)
        : throw new ArgumentException("Nobody to fence.", nameof(addresses));

    /// <summary>It names a file of the fence: an address and nothing else.</summary>
    private static string Address(string text) => IPAddress.TryParse(text, out _) ? NetworkAddress.Canonical(text) : throw new ArgumentException($"Not an address: \"{text}\".", nameof(text));

    /// <summary>It stands in the name of a file, or in a line of words.</summary>
    private static string FileName(string word) => PlainWord.Require(word).Contains('/', StringComparison.Ordinal) ? throw new ArgumentException($"\"{word}\" cannot name a file.", nameof(word)) : word;
}
