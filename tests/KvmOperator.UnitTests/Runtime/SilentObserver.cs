using KvmOperator.Runtime.Queue;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Counts what a queue tells, for tests that look at it; others ignore it.</summary>
internal sealed class SilentObserver : IWorkQueueObserver
{
    public int Adds { get; private set; }

    public TimeSpan LastWait { get; private set; }

    public void Added(int depth) => Adds++;

    public void Taken(TimeSpan waited, int depth) => LastWait = waited;

    public void Done(TimeSpan worked)
    {
    }

    public void Retried()
    {
    }
}
