using System.Collections.Concurrent;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>Threads for calls that block.</summary>
public sealed class BlockingCallsTests : IDisposable
{
    private readonly ManualResetEventSlim answer = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        answer.Set();
        answer.Dispose();
    }

    [Fact]
    public async Task A_call_runs_on_no_thread_of_the_pool_and_its_result_and_error_come_back()
    {
        var calls = new BlockingCalls("test", mostThreads: 2, new ThreadBudget(10));

        Assert.False(await calls.RunAsync(() => Thread.CurrentThread.IsThreadPoolThread));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => calls.RunAsync(() => throw new InvalidTimeZoneException()));
    }

    [Fact]
    public async Task No_more_calls_run_at_once_than_there_are_threads_and_the_others_follow_in_order()
    {
        var calls = new BlockingCalls("test", mostThreads: 2, new ThreadBudget(10));
        var begun = new ConcurrentQueue<int>();
        var all = Enumerable.Range(0, 6).Select(number => Wait(calls, number, begun)).ToList();

        await UntilAsync(() => begun.Count == 2);
        Assert.Equal([0, 1], begun.Order());
        answer.Set();

        await Task.WhenAll(all);
        Assert.Equal(Enumerable.Range(0, 6), begun.Order());
    }

    [Fact]
    public async Task A_host_whose_calls_are_stuck_leaves_every_other_one_a_thread()
    {
        var budget = new ThreadBudget(3);
        var begun = new ConcurrentQueue<int>();
        var stuck = new BlockingCalls("stuck", mostThreads: 8, budget);
        var all = Enumerable.Range(0, 8).Select(number => Wait(stuck, number, begun)).ToList();
        await UntilAsync(() => begun.Count == 4);

        foreach (var other in Enumerable.Range(0, 20).Select(number => new BlockingCalls($"other {number}", mostThreads: 8, budget)))
        {
            Assert.Equal(7, await other.RunAsync(() => 7).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        }

        Assert.Equal(4, begun.Count);
        answer.Set();
        await Task.WhenAll(all);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        }
    }

    private Task Wait(BlockingCalls calls, int number, ConcurrentQueue<int> begun) => calls.RunAsync(() =>
    {
        begun.Enqueue(number);
        answer.Wait(Cancelled);
    });
}
