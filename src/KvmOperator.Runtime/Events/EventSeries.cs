namespace KvmOperator.Runtime.Events;

/// <summary>An event and its repetitions, as one object in the API. Changed only by the correlator and its writer, one after the other.</summary>
internal sealed class EventSeries
{
    /// <summary>The name of the event object; null until it was written.</summary>
    public string? ObjectName { get; set; }

    /// <summary>How often it has happened.</summary>
    public int Count { get; set; }

    /// <summary>When it happened last.</summary>
    public DateTimeOffset Last { get; set; }
}
