using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Beat;

/// <summary>Listens to one run of <c>beat.sh</c> and keeps the latest that it told, with the time when it came. May be asked from any task.</summary>
/// <param name="input">To the script.</param>
/// <param name="output">From the script.</param>
/// <param name="clock">For ages.</param>
internal sealed class BeatReader(Stream input, Stream output, TimeProvider clock) : IDisposable
{
    private readonly HeldScript script = new(input, output, clock);
    private readonly ConcurrentDictionary<string, KnownStore> stores = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim asking = new(1);
    private IReadOnlyList<string> asked = [];
    private volatile HostBeat? latest;
    private long beaten = clock.GetTimestamp();
    private StrongBox<long>? filesChanged;

    /// <summary>The latest beat; null before the first.</summary>
    public HostBeat? Latest => latest;

    /// <summary>How long ago the last beat came; before the first, how long it has been waited for.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref beaten));

    /// <summary>When it was told last that one of <see cref="WatchedFiles"/> changed, a time stamp of the clock; null when it never was.</summary>
    public long? FilesChanged => Volatile.Read(ref filesChanged)?.Value;

    /// <summary>How many lines could not be read.</summary>
    public long Skipped => script.Skipped;

    /// <summary>Listens until the script ends or is given up.</summary>
    /// <param name="told">Called after the first beat, after one of another boot, and after each line that changed what a store is. It must not block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The stream broke.</exception>
    public Task ReadAsync(Action told, CancellationToken cancellationToken) => script.ListenAsync(line => Take(line, told), cancellationToken);

    /// <summary>Says which stores are to be probed from now on. The same ones again cost nothing.</summary>
    /// <exception cref="ArgumentException">One of them is no absolute path.</exception>
    /// <exception cref="IOException">The script has ended.</exception>
    public async Task ProbeAsync(IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
    {
        if (mountPaths.FirstOrDefault(path => !path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal)) is { } unfit)
        {
            throw new ArgumentException($"'{unfit}' is no absolute path.", nameof(mountPaths));
        }

        await asking.WaitAsync(cancellationToken);
        try
        {
            if (mountPaths.SequenceEqual(asked, StringComparer.Ordinal))
            {
                return;
            }

            foreach (var path in mountPaths)
            {
                stores.TryAdd(path, new KnownStore(null, null, clock.GetTimestamp()));
            }

            foreach (var path in stores.Keys.Except(mountPaths, StringComparer.Ordinal))
            {
                stores.TryRemove(path, out _);
            }

            await script.SayAsync("stores" + string.Concat(mountPaths.Select(path => " " + MountPathText.Encode(path))), cancellationToken);
            asked = [.. mountPaths];
        }
        finally
        {
            asking.Release();
        }
    }

    /// <summary>The last answer of a store, or that it did not answer for so long; null while its first answer may still come.</summary>
    /// <param name="mountPath">Where it is mounted.</param>
    /// <param name="patience">How old an answer may be.</param>
    public StoreProbe? Find(string mountPath, TimeSpan patience)
    {
        var known = stores.GetValueOrDefault(mountPath);
        if (known is not null && clock.GetElapsedTime(known.When) > patience)
        {
            return StoreProbe.Silent(mountPath);
        }

        return known?.Answer is { } answer ? new StoreProbe(mountPath, answer.State == StoreState.Answers, answer.SizeBytes, answer.AvailableBytes, answer.Reason) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        script.Dispose();
        asking.Dispose();
    }

    private bool Take(ReadOnlySpan<char> line, Action told)
    {
        var before = latest;
        if (BeatParser.ParseBeat(line, before?.BootId) is { } beat)
        {
            Volatile.Write(ref beaten, clock.GetTimestamp());
            latest = beat;
            if (before?.BootId != beat.BootId)
            {
                told();
            }

            return true;
        }

        if (BeatParser.IsOfFiles(line))
        {
            Volatile.Write(ref filesChanged, new StrongBox<long>(clock.GetTimestamp()));
            return true;
        }

        if (BeatParser.ParseStore(line) is not { } store)
        {
            return false;
        }

        // A question that was on its way when the store was let go is answered once more.
        if (stores.TryGetValue(store.MountPath, out var known))
        {
            var next = store.State == StoreState.Waiting ? known with { Last = store } : new KnownStore(store, store, clock.GetTimestamp());
            if (stores.TryUpdate(store.MountPath, next, known) && (known.Last?.State != store.State || known.Last.Reason != store.Reason))
            {
                told();
            }
        }

        return true;
    }

    /// <summary>What is known of a store.</summary>
    /// <param name="Last">The last line.</param>
    /// <param name="Answer">The last one that was an answer.</param>
    /// <param name="When">When that came, or when it began to be waited for.</param>
    private sealed record KnownStore(StoreBeat? Last, StoreBeat? Answer, long When);
}
