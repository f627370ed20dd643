using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A disk as a .vmx or an OVF names it.</summary>
/// <param name="Slot">Where it is attached: <c>scsi0:0</c>.</param>
/// <param name="Controller">To what.</param>
/// <param name="FileName">Its file as it stands there.</param>
public sealed record SourceDisk(string Slot, DiskController Controller, string FileName)
{
    /// <summary>Its mode as it stands there, null for the usual one.</summary>
    public string? Mode { get; init; }

    /// <summary>A redo log that holds changes, null for none.</summary>
    public string? Redo { get; init; }

    /// <summary>Whether another machine uses it too.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether it is said to be a device.</summary>
    public bool IsDevice { get; init; }

    /// <summary>Whether snapshots leave it out.</summary>
    public bool IsIndependent => Mode?.Contains("independent", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Its size in bytes as an OVF says it.</summary>
    public long? Capacity { get; init; }
}
