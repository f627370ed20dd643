namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>How much of a foreign file is read at most. What is larger is refused, and never held in memory.</summary>
public static class FormatLimits
{
    /// <summary>Bytes of a .vmx or .vmsd.</summary>
    public const int VmxBytes = 16 << 20;

    /// <summary>Bytes of a VMDK descriptor. qemu-img drops what is behind them without a word.</summary>
    public const int DescriptorBytes = 1 << 20;

    /// <summary>Bytes of an .ovf.</summary>
    public const int OvfBytes = 4 << 20;

    /// <summary>Bytes of a manifest.</summary>
    public const int ManifestBytes = 1 << 20;

    /// <summary>Characters of a line; of a longer one the rest is left out.</summary>
    public const int LineLength = 64 << 10;

    /// <summary>Keys of a .vmx. The largest seen has some hundred.</summary>
    public const int Entries = 64 << 10;

    /// <summary>Extents of a disk's layer.</summary>
    public const int Extents = 4096;

    /// <summary>Layers of a disk: VMware's own limit, 31 snapshots and the base.</summary>
    public const int Layers = 32;

    /// <summary>Members of an archive.</summary>
    public const int Members = 4096;

    /// <summary>Bytes of a member's name or of its extended header.</summary>
    public const int MemberHeaderBytes = 1 << 20;

    /// <summary>Lines that are named one by one when they could not be read; of more only the number is kept.</summary>
    public const int Notes = 100;

    /// <summary>Bytes that one inspection reads in all.</summary>
    public const long InspectionBytes = 64L << 20;
}
