using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;

namespace KvmOperator.NfsStores;

/// <summary>
/// When the servers of stores are asked again what they export: once a minute when all is well, every few seconds while something is being made, ever more seldom while the same thing fails
/// (<see cref="StepTurn"/>), and at once when something else is wanted. Losing it costs one more question.
/// </summary>
internal sealed class StoreServers(TimeProvider clock)
{
    private static readonly TimeSpan WhenWell = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WhenBusy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WhenMaking = TimeSpan.FromSeconds(5);

    /// <summary>A server that has nothing to say for so long, though it is reachable, is in trouble.</summary>
    private static readonly TimeSpan BusyForLong = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (string Wanted, StepTurn Turn, long Time)> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long Since, long Last)> busy = new(StringComparer.Ordinal);

    /// <summary>Whether the server is to be asked now.</summary>
    public bool IsDue(NfsStore store, StoreExport wanted) =>
        (!busy.TryGetValue(Key(store), out var silence) || clock.GetElapsedTime(silence.Last) >= WhenBusy)
        && (!answers.TryGetValue(Key(store), out var last) || last.Wanted != Text(store, wanted) || clock.GetElapsedTime(last.Time) >= Wait(last.Turn));

    /// <summary>The server was asked, and this is how it is.</summary>
    public void Answered(NfsStore store, StoreExport wanted, StepState state)
    {
        var text = Text(store, wanted);
        var before = answers.TryGetValue(Key(store), out var last) && last.Wanted == text ? last.Turn : null;
        answers[Key(store)] = (text, StepTurn.After(before, state), clock.GetTimestamp());
        busy.TryRemove(Key(store), out _);
    }

    /// <summary>The server is reachable and had no answer in time.</summary>
    /// <returns>Whether that has been so for long.</returns>
    public bool WasBusy(NfsStore store)
    {
        var now = clock.GetTimestamp();
        var (since, _) = busy.AddOrUpdate(Key(store), (now, now), (_, known) => (known.Since, now));
        return clock.GetElapsedTime(since, now) >= BusyForLong;
    }

    /// <summary>Forgets a store whose server did not answer, or that is gone: the server is asked at the next opportunity.</summary>
    public void Forget(NfsStore store)
    {
        answers.TryRemove(Key(store), out _);
        busy.TryRemove(Key(store), out _);
    }

    private static string Key(NfsStore store) => store.Uid() ?? store.Name();

    private static string Text(NfsStore store, StoreExport wanted) =>
        $"{store.Metadata.Generation} {wanted.Path} {string.Join(',', wanted.Options)} {string.Join(',', wanted.Clients)}";

    private static TimeSpan Wait(StepTurn turn) => turn.State.Status switch
    {
        StepStatus.Ready => WhenWell,
        StepStatus.InProgress => turn.Wait < WhenWell ? WhenMaking : turn.Wait,
        _ => turn.Wait,
    };
}
