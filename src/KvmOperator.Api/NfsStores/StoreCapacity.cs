namespace KvmOperator.Api.NfsStores;

/// <summary>How much fits into a store.</summary>
public sealed record StoreCapacity
{
    /// <summary>All of it.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>What is free.</summary>
    public long? AvailableBytes { get; init; }

    /// <summary>What is used, in percent.</summary>
    public int? UsedPercent { get; init; }
}
