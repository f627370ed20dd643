using System.Collections.Concurrent;
using System.Text;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Beat;

/// <summary>Listens to one run of <c>beat.sh</c> and keeps the latest that it told.</summary>
internal sealed class BeatReader(Stream input, Stream output, TimeProvider clock) : IDisposable
{
    /// <summary>What one line may be long at most; what is longer is no line of the script.</summary>
    private const int LongestLine = 16384;

    private readonly ConcurrentDictionary<string, (StoreProbe Probe, long When)> stores = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim writing = new(1);
    private string[] asked = [];
    private long askedAt = clock.GetTimestamp();
    private volatile HostBeat? latest;
    private long heard = clock.GetTimestamp();

    /// <summary>The latest beat; null before the first.</summary>
    public HostBeat? Latest => latest;

    /// <summary>How long ago the script was heard last, or began.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(Volatile.Read(ref heard));

    /// <summary>Listens until the script ends or is given up.</summary>
    /// <param name="told">Called after each line that changed what is known of a store, and after the first beat. It must not block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ReadAsync(Action told, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var line = new byte[LongestLine];
        var length = 0;
        while (await output.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            Volatile.Write(ref heard, clock.GetTimestamp());
            foreach (var one in buffer.AsSpan(0, count))
            {
                if (one == (byte)'\n')
                {
                    if (length < LongestLine && Take(Encoding.UTF8.GetString(line, 0, length)))
                    {
                        told();
                    }

                    length = 0;
                }
                else if (length < LongestLine)
                {
                    line[length++] = one;
                }
            }
        }
    }

    /// <summary>Says which stores are to be probed from now on. The same ones again cost nothing, unless one of them was never heard of: then it is said once more.</summary>
    /// <param name="mountPaths">Where they are mounted.</param>
    /// <param name="patience">How long the first answer may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task ProbeAsync(IReadOnlyList<string> mountPaths, TimeSpan patience, CancellationToken cancellationToken)
    {
        var isTold = mountPaths.SequenceEqual(Volatile.Read(ref asked), StringComparer.Ordinal);
        if (isTold && (clock.GetElapsedTime(Volatile.Read(ref askedAt)) < patience || mountPaths.All(stores.ContainsKey)))
        {
            return;
        }

        await writing.WaitAsync(cancellationToken);
        try
        {
            var text = new StringBuilder().Append("stores ").Append(mountPaths.Count).Append('\n');
            foreach (var path in mountPaths)
            {
                text.Append(MountPathText.Encode(path)).Append('\n');
                stores.TryRemove(path, out _);
            }

            await input.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
            await input.FlushAsync(cancellationToken);
            Volatile.Write(ref asked, [.. mountPaths]);
            Volatile.Write(ref askedAt, clock.GetTimestamp());
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>What the probe of a store told last, or that it did not answer for so long; null while its first answer may still come.</summary>
    /// <param name="mountPath">Where it is mounted.</param>
    /// <param name="patience">How long an answer may take.</param>
    /// <param name="since">When the answer to a question that was never answered began to be waited for.</param>
    public StoreProbe? Find(string mountPath, TimeSpan patience, long since)
    {
        var known = stores.TryGetValue(mountPath, out var last);
        if (clock.GetElapsedTime(known ? last.When : since) > patience)
        {
            return StoreProbe.Silent(mountPath);
        }

        return known ? last.Probe : null;
    }

    public void Dispose() => writing.Dispose();

    private bool Take(string line)
    {
        if (BeatParser.ParseBeat(line) is { } beat)
        {
            var isFirst = latest is null;
            latest = beat;
            return isFirst;
        }

        if (BeatParser.ParseStore(line) is not { } store)
        {
            return false;
        }

        var isNews = !stores.TryGetValue(store.MountPath, out var before) || before.Probe.Answers != store.Answers || before.Probe.Reason != store.Reason;
        stores[store.MountPath] = (store, clock.GetTimestamp());
        return isNews;
    }
}
