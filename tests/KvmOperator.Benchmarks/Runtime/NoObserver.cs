using KvmOperator.Runtime.Queue;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>Leaves the cost of metrics out.</summary>
internal sealed class NoObserver : IWorkQueueObserver
{
    public void Added(int depth)
    {
    }

    public void Taken(TimeSpan waited, int depth)
    {
    }

    public void Done(TimeSpan worked)
    {
    }

    public void Retried()
    {
    }
}
