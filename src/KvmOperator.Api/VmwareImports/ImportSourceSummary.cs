using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What the source is, for people.</summary>
public sealed record ImportSourceSummary
{
    /// <summary>Its name in VMware.</summary>
    public string? Name { get; init; }

    /// <summary>The file that describes it.</summary>
    public string? File { get; init; }

    /// <summary>VMware's word for the guest.</summary>
    public string? GuestId { get; init; }

    /// <summary>The guest as VMware Tools reported it.</summary>
    public string? Guest { get; init; }

    /// <summary>Its kernel as VMware Tools reported it.</summary>
    public string? Kernel { get; init; }

    /// <summary>BIOS or UEFI.</summary>
    public string? Firmware { get; init; }

    /// <summary>Its processors.</summary>
    public int? Vcpus { get; init; }

    /// <summary>Its memory.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Its snapshots' names, the oldest first.</summary>
    [Items(0, 64)]
    public IReadOnlyList<string> Snapshots { get; init; } = [];

    /// <summary>Its network cards.</summary>
    [Items(0, 32)]
    [XListMapKeys("index")]
    public IReadOnlyList<ImportedNic> Networks { get; init; } = [];
}
