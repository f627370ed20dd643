using k8s.Models;
using KvmOperator.Api.Attributes;
using KvmOperator.Api.KvmHosts;

namespace KvmOperator.Api.NfsStores;

/// <summary>What the storage is.</summary>
public sealed record NfsStoreStatus : IConditionedStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>One short word for people: Pending, Preparing, Ready, Degraded, Invalid.</summary>
    public string? Phase { get; init; }

    /// <summary>What is known, one entry a type.</summary>
    [XListMapKeys("type")]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>How much fits.</summary>
    public StoreCapacity? Capacity { get; init; }

    /// <summary>The mount on each host of the pool.</summary>
    [XListMapKeys("host")]
    public IReadOnlyList<StoreMount> Mounts { get; init; } = [];

    /// <summary>Hosts that have it mounted, of all hosts of the pool: 2/2.</summary>
    public string? Hosts { get; init; }

    /// <summary>The mark in the store, by which hosts see that it is the same folder as before.</summary>
    public string? StoreId { get; init; }

    /// <summary>Who the server proved to be.</summary>
    public HostSshStatus? Ssh { get; init; }
}
