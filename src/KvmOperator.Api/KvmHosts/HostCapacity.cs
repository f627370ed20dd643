namespace KvmOperator.Api.KvmHosts;

/// <summary>How much a machine has.</summary>
public sealed record HostCapacity
{
    /// <summary>Its CPUs.</summary>
    public int? Cpus { get; init; }

    /// <summary>Its memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Virtual CPUs that its guests may have in all.</summary>
    public int? AllocatableCpus { get; init; }

    /// <summary>Memory that its guests and their QEMU may have in all: the machine's, less what is set aside for huge pages and spec.capacity.memoryReserved.</summary>
    public long? AllocatableMemoryBytes { get; init; }
}
