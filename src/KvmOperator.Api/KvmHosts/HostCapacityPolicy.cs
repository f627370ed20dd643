using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.KvmHosts;

/// <summary>How much of a machine guests may use.</summary>
public sealed record HostCapacityPolicy
{
    /// <summary>Virtual CPUs of all guests together, in percent of the machine's CPUs.</summary>
    [DefaultValue(400)]
    [RangeMinimum(100)]
    [RangeMaximum(3200)]
    public int CpuOvercommitPercent { get; init; } = 400;

    /// <summary>Memory that is kept for the machine itself.</summary>
    [DefaultValue("1Gi")]
    public ResourceQuantity? MemoryReserved { get; init; }
}
