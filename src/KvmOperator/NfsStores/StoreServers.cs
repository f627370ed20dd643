using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;

namespace KvmOperator.NfsStores;

/// <summary>
/// Listens to the servers of stores, and says when one is asked again what it exports. While its beats come and say the same as when it was asked last, that is every ten minutes; when they say
/// something else or stop, it is at once. One that is not heard is asked once a minute when all is well. Either is asked every few seconds while something is being made, ever more seldom while the
/// same thing fails (<see cref="StepTurn"/>), and at once when something else is wanted. Losing it costs one more question.
/// </summary>
internal sealed class StoreServers
{
    /// <summary>Beats do not tell of firewalls and of what starts with the machine.</summary>
    private static readonly TimeSpan WhenHeard = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan WhenWell = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WhenBusy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WhenMaking = TimeSpan.FromSeconds(5);

    /// <summary>A server that has nothing to say for so long, though it is reachable, is in trouble.</summary>
    private static readonly TimeSpan BusyForLong = TimeSpan.FromMinutes(5);

    private readonly IServerBeats beats;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, Answer> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long Since, long Last)> busy = new(StringComparer.Ordinal);

    public StoreServers(IServerBeats beats, IEntityQueue<NfsStore> queue, TimeProvider clock)
    {
        this.beats = beats;
        this.clock = clock;

        // A pass is cheap: it asks the server only when the news matters to its store.
        beats.Listen(store => queue.Enqueue(new EntityKey(null, store)));
    }

    /// <summary>What the store's server says of itself at present; null while it is not heard. It is listened to from the first call on.</summary>
    /// <param name="store">The store.</param>
    /// <param name="server">The way to its server.</param>
    public ServerBeat? Hear(NfsStore store, IHostShell server) => beats.Hear(store.Name(), server);

    /// <summary>Whether the server is to be asked now.</summary>
    /// <param name="store">The store.</param>
    /// <param name="wanted">What the server should export.</param>
    /// <param name="heard">What it says of itself; null when it is not heard.</param>
    public bool IsDue(NfsStore store, StoreExport wanted, ServerBeat? heard)
    {
        if (busy.TryGetValue(Key(store), out var silence))
        {
            return clock.GetElapsedTime(silence.Last) >= WhenBusy;
        }

        if (!answers.TryGetValue(Key(store), out var last) || last.Wanted != Text(store, wanted))
        {
            return true;
        }

        var age = clock.GetElapsedTime(last.Time);
        if (heard is null)
        {
            return last.IsHeard || age >= Wait(last.Turn);
        }

        if (last.Heard is null || ServerNews.IsNews(last.Heard, heard, wanted) || age >= (last.Turn.State.IsReady ? WhenHeard : Wait(last.Turn)))
        {
            return true;
        }

        answers.TryUpdate(Key(store), last with { Heard = heard, IsHeard = true }, last);
        return false;
    }

    /// <summary>The server was asked, and this is how it is.</summary>
    /// <param name="store">The store.</param>
    /// <param name="wanted">What the server should export.</param>
    /// <param name="heard">What it said of itself before it was asked: what changed meanwhile is news. Null when it was not heard.</param>
    /// <param name="state">The answer.</param>
    public void Answered(NfsStore store, StoreExport wanted, ServerBeat? heard, StepState state)
    {
        var text = Text(store, wanted);
        var before = answers.TryGetValue(Key(store), out var last) && last.Wanted == text ? last : null;

        // A server that fell silent and still is as it was may say what it said before when it is heard again.
        var known = heard ?? (before?.Turn.State == state ? before.Heard : null);
        answers[Key(store)] = new Answer(text, StepTurn.After(before?.Turn, state), clock.GetTimestamp(), known, heard is not null);
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

    /// <summary>Hosts that could use the store cannot any more: a server that was well is asked now.</summary>
    public void Doubt(NfsStore store)
    {
        if (answers.TryGetValue(Key(store), out var last) && last.Turn.State.IsReady)
        {
            answers.TryRemove(Key(store), out _);
        }
    }

    /// <summary>Forgets the answers of a server that does not answer any more: it is asked at the next opportunity.</summary>
    public void Forget(NfsStore store)
    {
        answers.TryRemove(Key(store), out _);
        busy.TryRemove(Key(store), out _);
    }

    /// <summary>Forgets a store that is gone, or whose server cannot or may not be asked any more, and does not listen to it any longer.</summary>
    public ValueTask EndAsync(NfsStore store)
    {
        Forget(store);
        return beats.ForgetAsync(store.Name());
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

    /// <summary>An answer of a server.</summary>
    /// <param name="Wanted">What it was asked for.</param>
    /// <param name="Turn">What it said, and how often before.</param>
    /// <param name="Time">When.</param>
    /// <param name="Heard">What it said of itself when it was so; null when that is not known.</param>
    /// <param name="IsHeard">Whether it was heard since.</param>
    private sealed record Answer(string Wanted, StepTurn Turn, long Time, ServerBeat? Heard, bool IsHeard);
}
