namespace KvmOperator.Runtime.Informers;

/// <summary>What of a kind is watched, and how patiently.</summary>
public sealed class InformerOptions
{
    /// <summary>Only this namespace; null for all.</summary>
    public string? Namespace { get; set; }

    /// <summary>Only objects that match this label selector; null for all.</summary>
    public string? LabelSelector { get; set; }

    /// <summary>Only objects that match this field selector; null for all.</summary>
    public string? FieldSelector { get; set; }

    /// <summary>How often every object is looked at again though nothing was heard, a safety net. One after the other, evenly over this time.</summary>
    public TimeSpan ResyncInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The server ends a watch after a time between this and twice this.</summary>
    public TimeSpan WatchDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A watch that says nothing for so long is opened anew. Servers send a bookmark about every minute, so silence means a dead connection.
    /// </summary>
    public TimeSpan WatchSilence { get; set; } = TimeSpan.FromMinutes(3);
}
