using System.Collections.Concurrent;
using CsCheck;
using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly SilentObserver observer = new();
    private readonly WorkQueue<string> queue;

    public WorkQueueTests() => queue = new WorkQueue<string>(clock, observer);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => queue.Dispose();

    [Fact]
    public async Task Keys_come_in_the_order_of_their_arrival_and_each_once()
    {
        string[] added = ["a", "b", "a", "c", "b"];
        foreach (var key in added)
        {
            queue.Add(key);
        }

        Assert.Equal(["a", "b", "c"], await TakeAllAsync());
        Assert.Equal(3, observer.Adds);
    }

    [Fact]
    public async Task A_key_that_is_added_during_its_work_comes_again_when_the_work_is_done()
    {
        queue.Add("a");
        await queue.TakeAsync(Token);

        queue.Add("a");
        queue.Add("a");
        Assert.Equal(0, queue.Count);
        queue.Done("a");

        Assert.Equal(1, queue.Count);
        Assert.Equal("a", await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task Live_changes_go_before_the_background_and_the_background_is_not_starved()
    {
        for (var number = 0; number < 3; number++)
        {
            queue.Add($"background-{number}", QueuePriority.Background);
        }

        for (var number = 0; number < 20; number++)
        {
            queue.Add($"live-{number}");
        }

        var order = await TakeAllAsync();

        Assert.All(order[..8], key => Assert.StartsWith("live-", key, StringComparison.Ordinal));
        Assert.Equal("background-0", order[8]);
        Assert.Equal("background-1", order[17]);
    }

    [Fact]
    public async Task A_background_key_that_changes_moves_to_the_front_and_comes_once()
    {
        queue.Add("first", QueuePriority.Background);
        queue.Add("second", QueuePriority.Background);

        queue.Add("second");

        Assert.Equal(["second", "first"], await TakeAllAsync());
    }

    [Fact]
    public async Task A_delayed_key_comes_when_its_time_has_come_and_of_several_delays_the_shortest_counts()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(30));
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(20));

        clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, queue.Count);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("a", await queue.TakeAsync(Token));
        queue.Done("a");

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void A_delay_that_no_timer_knows_is_waited_out_all_the_same()
    {
        queue.AddAfter("a", TimeSpan.FromDays(100));
        queue.AddAfter("never", TimeSpan.MaxValue);

        clock.Advance(TimeSpan.FromDays(99));
        Assert.Equal(0, queue.Count);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void A_real_timer_takes_any_delay()
    {
        using var real = new WorkQueue<string>(TimeProvider.System, observer);

        real.AddAfter("a", TimeSpan.FromDays(100));
        real.AddAfter("never", TimeSpan.MaxValue);

        Assert.Equal(0, real.Count);
    }

    [Fact]
    public async Task Taking_a_key_forgets_its_delay_because_the_work_decides_anew()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.Add("a");
        await queue.TakeAsync(Token);
        queue.Done("a");

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task A_taker_waits_for_a_key_and_a_cancelled_one_takes_none()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelled = queue.TakeAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        var waiting = queue.TakeAsync(Token);
        Assert.False(waiting.IsCompleted);
        queue.Add("a");

        Assert.Equal("a", await waiting);
    }

    [Fact]
    public async Task The_time_that_a_key_waited_and_is_worked_on_is_known()
    {
        queue.Add("a");
        clock.Advance(TimeSpan.FromSeconds(3));
        await queue.TakeAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(TimeSpan.FromSeconds(3), observer.LastWait);
        Assert.Equal(TimeSpan.FromSeconds(5), Assert.Single(queue.RunningFor()));
    }

    [Fact]
    public void Done_without_a_taken_key_is_an_error_of_the_caller() => Assert.Throws<InvalidOperationException>(() => queue.Done("a"));

    [Fact]
    public void Whatever_is_added_comes_and_is_never_out_twice_at_once() => Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3]).List[1, 60].Sample(steps =>
    {
        using var random = new WorkQueue<int>(clock, observer);
        var wanted = new HashSet<int>();
        var taken = new HashSet<int>();
        foreach (var (key, action) in steps)
        {
            switch (action)
            {
                case 0 or 1:
                    random.Add(key, (QueuePriority)action);
                    wanted.Add(key);
                    break;
                case 2 when random.Count > 0:
                    var next = random.TakeAsync(CancellationToken.None);
                    Assert.True(next.IsCompletedSuccessfully);
                    Assert.True(taken.Add(next.Result), "out twice at once");
                    Assert.True(wanted.Remove(next.Result), "out without having been added");
                    break;
                case 3 when taken.Remove(key):
                    random.Done(key);
                    break;
                default:
                    break;
            }
        }

        foreach (var key in taken)
        {
            random.Done(key);
        }

        Assert.Equal(wanted.Count, random.Count);
    });

    [Fact]
    public async Task With_many_takers_and_givers_no_key_is_lost_and_none_out_twice_at_once()
    {
        const int Keys = 50;
        using var busy = new WorkQueue<int>(TimeProvider.System, new SilentObserver());
        using var stop = new CancellationTokenSource();
        var latest = new int[Keys];
        var seen = new ConcurrentDictionary<int, int>();
        var underWay = new int[Keys];
        var overlaps = 0;
        var takers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var key = await busy.TakeAsync(stop.Token);
                if (Interlocked.Increment(ref underWay[key]) > 1)
                {
                    Interlocked.Increment(ref overlaps);
                }

                seen[key] = Volatile.Read(ref latest[key]);
                await Task.Yield();
                Interlocked.Decrement(ref underWay[key]);
                busy.Done(key);
            }
        })).ToArray();

        await Parallel.ForAsync(0, 20_000, Token, (number, _) =>
        {
            Interlocked.Increment(ref latest[number % Keys]);
            busy.Add(number % Keys, (QueuePriority)(number % 2));
            return ValueTask.CompletedTask;
        });

        // Not by asking the queue: what waits and what is under way are two questions, and a key may move between them.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!Enumerable.Range(0, Keys).All(key => seen.GetValueOrDefault(key) == latest[key]))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(takers));
        Assert.Equal(0, overlaps);
        Assert.All(Enumerable.Range(0, Keys), key => Assert.Equal(latest[key], seen[key]));
    }

    [Fact]
    public async Task What_comes_back_by_itself_waits_behind_what_somebody_changed_meanwhile()
    {
        queue.AddAfter("itself", TimeSpan.FromSeconds(10), QueuePriority.Background);
        clock.Advance(TimeSpan.FromSeconds(10));

        queue.Add("changed");

        Assert.Equal(["changed", "itself"], await TakeAllAsync());
    }

    [Theory]
    [InlineData(QueuePriority.Background, "other failed")]
    [InlineData(QueuePriority.Live, "failed other")]
    public async Task A_retry_comes_back_with_the_priority_that_the_key_was_taken_with(QueuePriority priority, string order)
    {
        queue.Add("failed", priority);
        Assert.Equal("failed", await queue.TakeAsync(Token));
        queue.Retry("failed", TimeSpan.FromSeconds(1));
        queue.Done("failed");

        clock.Advance(TimeSpan.FromSeconds(1));
        queue.Add("other");

        Assert.Equal(order, string.Join(' ', await TakeAllAsync()));
    }

    [Fact]
    public async Task Delays_that_no_longer_count_leave_nothing_behind_and_set_no_timer()
    {
        var counting = new TimerCountingClock();
        using var crowded = new WorkQueue<string>(counting, observer);
        crowded.AddAfter("first", TimeSpan.FromSeconds(1));
        var set = counting.TimersSet;

        for (var times = 0; times < 10_000; times++)
        {
            crowded.AddAfter("often", TimeSpan.FromHours(1));
            crowded.Add("often");
            Assert.Equal("often", await crowded.TakeAsync(Token));
            crowded.Done("often");
        }

        Assert.Equal(set, counting.TimersSet);
        Assert.InRange(crowded.Delays, 1, 200);
        counting.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("first", await crowded.TakeAsync(Token));
    }

    private async Task<string[]> TakeAllAsync()
    {
        var order = new List<string>();
        while (queue.Count > 0)
        {
            order.Add(await queue.TakeAsync(Token));
        }

        return [.. order];
    }
}
