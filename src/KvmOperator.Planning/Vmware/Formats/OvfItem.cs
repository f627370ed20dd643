namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A part of an OVF's machine. The numbers of kinds are CIM's: 3 processor, 4 memory, 5 IDE, 6 SCSI, 10 network, 14 floppy, 15 and 16 CD and DVD, 17 disk, 20 other storage (SATA, NVMe), 23 USB.</summary>
public sealed record OvfItem
{
    /// <summary>Its name within the machine.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Its kind.</summary>
    public int ResourceType { get; init; }

    /// <summary>Its model.</summary>
    public string? SubType { get; init; }

    /// <summary>The part it is attached to.</summary>
    public string? Parent { get; init; }

    /// <summary>Its place there.</summary>
    public long? AddressOnParent { get; init; }

    /// <summary>Its own number, or a network card's address.</summary>
    public string? Address { get; init; }

    /// <summary>How many, or how much.</summary>
    public long? Quantity { get; init; }

    /// <summary>In which unit.</summary>
    public string? Units { get; init; }

    /// <summary>What is in it: <c>ovf:/disk/ID</c> or <c>ovf:/file/ID</c>.</summary>
    public string? HostResource { get; init; }

    /// <summary>The network it is connected to.</summary>
    public string? Connection { get; init; }

    /// <summary>Whether it is connected from the start.</summary>
    public bool IsConnected { get; init; } = true;

    /// <summary>How many processors are in a socket, when it is said.</summary>
    public long? CoresPerSocket { get; init; }
}
