namespace KvmOperator.Hosts.Fencing;

/// <summary>What a storage server shows of a host. Lists say what is <em>left</em>; whether that is a proof is not decided here.</summary>
/// <param name="BootBefore">The server's boot id when it began.</param>
/// <param name="Boot">Its boot id at the end.</param>
public sealed record StorageFenceReading(string BootBefore, string Boot)
{
    /// <summary>The failure for which all addresses of the host are marked as fenced; empty when they are not.</summary>
    public string FailoverId { get; init; } = string.Empty;

    /// <summary>Lines of the export table that let it in: by address in any spelling, by net, by anything of which nobody can say whom it means; at the path, above and below it.</summary>
    public IReadOnlyList<string> Exports { get; init; } = [];

    /// <summary>Entries of the kernel's caches that let it in.</summary>
    public IReadOnlyList<string> CacheEntries { get; init; } = [];

    /// <summary>The ids of its clients.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>States on the guests' disks.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    /// <summary>The ids of the clients that were ended.</summary>
    public IReadOnlyList<string> Expired { get; init; } = [];

    /// <summary>What else there is to say, for people.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether a host that is well was seen in the export table and among the clients with states.</summary>
    public bool HasControl { get; init; }

    /// <summary>Whether it was read a second after the caches were emptied, and nothing had come in between.</summary>
    public bool IsSettled { get; init; }

    /// <summary>A digest of all files of exports.</summary>
    public string ExportsDigest { get; init; } = string.Empty;

    /// <summary>Reads what the script prints; null for what is not whole.</summary>
    internal static StorageFenceReading? Parse(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).Select(parts => (Word: parts[0], Text: parts.ElementAtOrDefault(1) ?? string.Empty)).ToList();
        if (One("boot")?.Split(' ') is not [{ Length: > 0 } before, { Length: > 0 } now] || One("mark") is not { } mark || One("control") is not { } control || One("settled") is not { } settled || One("digest") is not { } digest)
        {
            return null;
        }

        return new StorageFenceReading(before, now)
        {
            FailoverId = mark, Exports = All("export"), CacheEntries = All("cache"), Clients = All("client"), States = All("state"), Expired = All("expired"), Notes = All("note"),
            HasControl = control == "yes", IsSettled = settled == "yes", ExportsDigest = digest,
        };

        string? One(string word) => lines.Where(line => line.Word == word).Select(line => line.Text).FirstOrDefault();
        List<string> All(string word) => [.. lines.Where(line => line.Word == word).Select(line => line.Text)];
    }
}
