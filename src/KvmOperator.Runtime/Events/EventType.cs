namespace KvmOperator.Runtime.Events;

/// <summary>How an event should be taken.</summary>
public enum EventType
{
    /// <summary>As it should be.</summary>
    Normal,

    /// <summary>Somebody should look.</summary>
    Warning,
}
