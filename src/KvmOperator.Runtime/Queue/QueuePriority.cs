namespace KvmOperator.Runtime.Queue;

/// <summary>Which of two waiting keys goes first.</summary>
public enum QueuePriority
{
    /// <summary>The initial list, periodic resyncs and what asked itself to come back: thousands of keys that can wait.</summary>
    Background,

    /// <summary>Somebody changed something and watches.</summary>
    Live,
}
