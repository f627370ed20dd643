using KvmOperator.Hosts.Nfs;

namespace KvmOperator.Hosts.Beat.Servers;

/// <summary>Listens to one run of <c>server-beat.sh</c> and keeps the latest look that was told as a whole. May be asked from any task.</summary>
/// <param name="input">To the script.</param>
/// <param name="output">From the script.</param>
/// <param name="clock">For ages.</param>
internal sealed class ServerBeatReader(Stream input, Stream output, TimeProvider clock) : IDisposable
{
    private const int ServerFields = 7;

    /// <summary>More clients are not kept, whatever a server tells.</summary>
    private const int MostClients = 20_000;

    /// <summary>Nor longer names of theirs; they choose them.</summary>
    private const int LongestName = 256;

    /// <summary>Nor more of the exports, in characters.</summary>
    private const int LongestTable = 4 * 1024 * 1024;

    private readonly HeldScript script = new(input, output, clock);
    private Dictionary<string, (string Address, string Name)> names = new(StringComparer.Ordinal);
    private List<NfsClientLease> leases = [];
    private List<ServerExport> table = [];
    private long tableVersion;
    private int tableLength;
    private volatile ServerBeat? latest;
    private long beaten = clock.GetTimestamp();

    /// <summary>The latest look; null before the first.</summary>
    public ServerBeat? Latest => latest;

    /// <summary>How long ago the latest look came; before the first, how long it has been waited for.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref beaten));

    /// <summary>How many lines could not be read.</summary>
    public long Skipped => script.Skipped;

    /// <summary>Listens until the script ends or is given up.</summary>
    /// <param name="told">Called after the first look and after each that differs in more than ages. It must not block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The stream broke.</exception>
    public Task ReadAsync(Action told, CancellationToken cancellationToken) => script.ListenAsync(line => Take(line, told), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => script.Dispose();

    private static bool IsDifferent(ServerBeat? before, ServerBeat now) =>
        before is null
        || before.BootId != now.BootId
        || before.IsServing != now.IsServing
        || before.ExportsVersion != now.ExportsVersion
        || !before.Clients.Select(WithoutAge).SequenceEqual(now.Clients.Select(WithoutAge));

    private static NfsClientLease WithoutAge(NfsClientLease lease) => lease with { SinceRenewal = null };

    private static ServerExport ParseExport(ReadOnlySpan<char> line)
    {
        // PATH<tab>CLIENT(OPTIONS), the path with octal escapes.
        var tab = line.IndexOf('\t');
        var client = line[(tab + 1)..];
        var options = client.IndexOf('(');
        return new ServerExport(
            MountPathText.Decode(tab < 0 ? [] : line[..tab]),
            (options < 0 ? client : client[..options]).ToString(),
            options < 0 ? string.Empty : client[(options + 1)..].TrimEnd(')').ToString());
    }

    private bool Take(ReadOnlySpan<char> line, Action told)
    {
        var space = line.IndexOf(' ');
        var rest = space < 0 ? [] : line[(space + 1)..];
        return (space < 0 ? line : line[..space]) switch
        {
            "export" => TakeExport(rest),
            "client" => TakeClient(rest),
            "leases" => TakeLeases(rest),
            "server" => TakeServer(rest, told),
            _ => false,
        };
    }

    private bool TakeExport(ReadOnlySpan<char> rest)
    {
        var space = rest.IndexOf(' ');
        if (space < 0 || !BeatParser.IsNumber(rest[..space], out var version) || (version == tableVersion && tableLength > LongestTable))
        {
            return false;
        }

        if (version != tableVersion)
        {
            (table, tableVersion, tableLength) = ([], version, 0);
        }

        tableLength += rest.Length;
        table.Add(ParseExport(rest[(space + 1)..]));
        return true;
    }

    private bool TakeClient(ReadOnlySpan<char> rest)
    {
        Span<Range> words = stackalloc Range[3];
        if (names.Count == MostClients || rest.Split(words, ' ') < 2 || rest[words[0]].Length + rest[words[1]].Length > LongestName)
        {
            return false;
        }

        var name = rest[words[2]].Trim('"');
        names[rest[words[0]].ToString()] = (NfsClientParser.WithoutPort(rest[words[1]].ToString()), name[..Math.Min(name.Length, LongestName)].ToString());
        return true;
    }

    private bool TakeLeases(ReadOnlySpan<char> rest)
    {
        Span<Range> parts = stackalloc Range[4];
        foreach (var range in rest.Split(' '))
        {
            var word = rest[range];
            if (leases.Count == MostClients || word.Split(parts, ':') != 3 || word[parts[0]].ToString() is var id && !names.ContainsKey(id))
            {
                return false;
            }

            var (address, name) = names[id];
            leases.Add(new NfsClientLease(id, address, name, word[parts[2]] is "confirmed", BeatParser.IsSeconds(word[parts[1]], out var age) ? age : null));
        }

        return true;
    }

    /// <summary>The end of a look. One of which a part is missing is none: who is not among the clients might be taken for gone.</summary>
    private bool TakeServer(ReadOnlySpan<char> rest, Action told)
    {
        var complete = leases;
        leases = [];
        Span<Range> fields = stackalloc Range[ServerFields + 1];
        if (rest.Split(fields, '|') != ServerFields
            || !BeatParser.IsNumber(rest[fields[0]], out var sequence)
            || !Guid.TryParseExact(rest[fields[1]], "D", out _)
            || !BeatParser.IsSeconds(rest[fields[2]], out var uptime)
            || !BeatParser.IsNumber(rest[fields[4]], out var clients)
            || !BeatParser.IsNumber(rest[fields[5]], out var version)
            || !BeatParser.IsNumber(rest[fields[6]], out var exports)
            || clients != complete.Count)
        {
            return false;
        }

        var before = latest;
        if (before?.ExportsVersion != version && exports == 0)
        {
            (table, tableVersion, tableLength) = ([], version, 0);
        }

        if (version != tableVersion || exports != table.Count)
        {
            return false;
        }

        var isServing = BeatParser.IsNumber(rest[fields[3]], out var threads) && threads > 0;
        var now = new ServerBeat(sequence, rest[fields[1]].ToString(), uptime, isServing, complete, version, before?.ExportsVersion == version ? before.Exports : [.. table]);
        var present = complete.Select(lease => lease.Id).ToHashSet(StringComparer.Ordinal);
        names = names.Where(name => present.Contains(name.Key)).ToDictionary(StringComparer.Ordinal);
        latest = now;
        Volatile.Write(ref beaten, clock.GetTimestamp());
        if (IsDifferent(before, now))
        {
            told();
        }

        return true;
    }
}
