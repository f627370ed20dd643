using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>The guest that is made of a VMware machine when nobody says otherwise.</summary>
public sealed record ProposedMachine
{
    /// <summary>Its name, null when VMware's cannot be used.</summary>
    public string? Name { get; init; }

    /// <summary>Its processors.</summary>
    public required int Vcpus { get; init; }

    /// <summary>How many of them are in a socket, null for whatever the host's tools choose. Client editions of Windows use two sockets at most.</summary>
    public int? CoresPerSocket { get; init; }

    /// <summary>Its memory in MiB.</summary>
    public required long MemoryMiB { get; init; }

    /// <summary>QEMU's machine: <c>pc</c> (i440fx) or <c>q35</c>.</summary>
    public required string Machine { get; init; }

    /// <summary>Whether it starts with UEFI.</summary>
    public bool IsUefi { get; init; }

    /// <summary>Whether it starts with secure boot.</summary>
    public bool HasSecureBoot { get; init; }

    /// <summary>Its SMBIOS id.</summary>
    public Guid? BiosId { get; init; }

    /// <summary>Its disks, in VMware's order.</summary>
    public IReadOnlyList<ProposedDisk> Disks { get; init; } = [];

    /// <summary>Its network cards.</summary>
    public IReadOnlyList<ProposedNic> Nics { get; init; } = [];
}
