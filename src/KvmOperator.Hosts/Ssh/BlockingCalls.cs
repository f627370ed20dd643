using System.Diagnostics.CodeAnalysis;

namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// Runs calls that block until a peer answers on threads of their own: a peer that is frozen holds these, and never one of the pool, on which everything else goes on.
/// Calls begin in order; as many as there are threads run at once. Threads come when they are needed and go after a while. Safe for concurrent use.
/// </summary>
internal sealed class BlockingCalls(string name, int mostThreads, ThreadBudget budget)
{
    /// <summary>A thread without work waits so long for some before it ends.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(3);

    private readonly object gate = new();
    private readonly Queue<Action> waiting = new();
    private int threads;
    private int idle;

    /// <summary>Runs a call; its result or exception comes back on the pool.</summary>
    public Task<TResult> RunAsync<TResult>(Func<TResult> call)
    {
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(() =>
        {
            try
            {
                done.SetResult(call());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>Runs a call; its exception comes back on the pool.</summary>
    public Task RunAsync(Action call) => RunAsync(() =>
    {
        call();
        return true;
    });

    private void Add(Action work)
    {
        lock (gate)
        {
            waiting.Enqueue(work);
            if (waiting.Count > idle && threads < mostThreads && (threads == 0 || budget.TryTake()))
            {
                threads++;
                new Thread(Work) { IsBackground = true, Name = name }.Start();
            }
            else
            {
                Monitor.Pulse(gate);
            }
        }
    }

    private void Work()
    {
        while (TryTake(out var work))
        {
            work();
        }
    }

    /// <summary>Waits for work. False when there was none for long: then the thread is no longer counted, and has to end.</summary>
    private bool TryTake([NotNullWhen(true)] out Action? work)
    {
        lock (gate)
        {
            var wasCalled = true;
            while (!waiting.TryDequeue(out work) && wasCalled)
            {
                idle++;
                wasCalled = Monitor.Wait(gate, Linger);
                idle--;
            }

            if (work is null && --threads > 0)
            {
                budget.Return();
            }

            return work is not null;
        }
    }
}
