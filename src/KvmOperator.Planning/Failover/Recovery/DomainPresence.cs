namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>What a host that answers has of a guest. A host of which nothing is listed has nothing of it.</summary>
public enum DomainPresence
{
    /// <summary>Its definition; it does not run.</summary>
    Defined,

    /// <summary>It arrives by a move that has not ended.</summary>
    Arriving,

    /// <summary>It runs, or stands still with its memory.</summary>
    Running,
}
