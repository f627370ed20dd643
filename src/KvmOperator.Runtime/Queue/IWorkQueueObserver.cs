namespace KvmOperator.Runtime.Queue;

/// <summary>Hears what happens in a <see cref="WorkQueue{TKey}"/>. Called under the queue's lock: must be quick and must not call back.</summary>
public interface IWorkQueueObserver
{
    /// <summary>A key began to wait.</summary>
    /// <param name="depth">Keys that wait now.</param>
    void Added(int depth);

    /// <summary>A key was taken.</summary>
    /// <param name="waited">How long it had waited.</param>
    /// <param name="depth">Keys that wait now.</param>
    void Taken(TimeSpan waited, int depth);

    /// <summary>The work on a key ended.</summary>
    /// <param name="worked">How long it took.</param>
    void Done(TimeSpan worked);

    /// <summary>A key is to be tried again after a failure.</summary>
    void Retried();
}
