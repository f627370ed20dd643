using BenchmarkDotNet.Attributes;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Queue;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>What one key costs on its way through the queue.</summary>
[MemoryDiagnoser]
public class WorkQueueBenchmarks : IDisposable
{
    private const int Keys = 1000;
    private readonly EntityKey[] keys = [.. Enumerable.Range(0, Keys).Select(number => new EntityKey("default", $"object-{number}"))];
    private WorkQueue<EntityKey> queue = null!;

    /// <summary>An empty queue.</summary>
    [GlobalSetup]
    public void Setup() => queue = new WorkQueue<EntityKey>(TimeProvider.System, new NoObserver());

    /// <summary>Ends the queue's timer.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        queue?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Add, take, done.</summary>
    [Benchmark(OperationsPerInvoke = Keys)]
    public async Task AddTakeDone()
    {
        foreach (var key in keys)
        {
            queue.Add(key);
        }

        for (var number = 0; number < Keys; number++)
        {
            queue.Done(await queue.TakeAsync(CancellationToken.None));
        }
    }

    /// <summary>A key that waits already is added again.</summary>
    [Benchmark(OperationsPerInvoke = Keys)]
    public async Task AddWhatWaits()
    {
        for (var times = 0; times < Keys; times++)
        {
            queue.Add(keys[0]);
        }

        queue.Done(await queue.TakeAsync(CancellationToken.None));
    }
}
