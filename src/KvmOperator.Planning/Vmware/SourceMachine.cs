using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A VMware machine as its own files describe it. What a file does not say is null, and no default of anybody.</summary>
public sealed record SourceMachine
{
    /// <summary>VMware's memory for a machine that does not say it, in MiB.</summary>
    public const int DefaultMemory = 32;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its processors; one when it does not say.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>How many of them are in a socket.</summary>
    public int? CoresPerSocket { get; init; }

    /// <summary>Its memory in MiB.</summary>
    public long? MemoryMiB { get; init; }

    /// <summary>Its firmware.</summary>
    public SourceFirmware Firmware { get; init; }

    /// <summary>Whether it starts only what is signed.</summary>
    public bool HasSecureBoot { get; init; }

    /// <summary>Whether it has a TPM.</summary>
    public bool HasTpm { get; init; }

    /// <summary>Whether nothing but its name can be read.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The file with its suspended state, null when it is not suspended.</summary>
    public string? SuspendedState { get; init; }

    /// <summary>Whether it was shut down cleanly, null when it is not said.</summary>
    public bool? WasShutDown { get; init; }

    /// <summary>What the guest is.</summary>
    public SourceGuest Guest { get; init; } = new();

    /// <summary>Its disks, in the order in which VMware's firmware has them: scsi, nvme, sata, ide, usb.</summary>
    public IReadOnlyList<SourceDisk> Disks { get; init; } = [];

    /// <summary>Its network cards.</summary>
    public IReadOnlyList<SourceNic> Nics { get; init; } = [];

    /// <summary>The buses of its CD-ROM drives: a guest has the driver of such a bus. Null for none.</summary>
    public DiskController? CdRomController { get; init; }

    /// <summary>The slots that it starts from, the first first; empty when it does not say.</summary>
    public IReadOnlyList<string> BootOrder { get; init; } = [];

    /// <summary>Its SMBIOS id, by which software knows it again.</summary>
    public Guid? BiosId { get; init; }

    /// <summary>Its generation id, as two numbers that stand there.</summary>
    public string? GenerationId { get; init; }

    /// <summary>What a person wrote about it.</summary>
    public string? Annotation { get; init; }

    /// <summary>The name of its .nvram.</summary>
    public string? NvramFile { get; init; }
}
