using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What a machine starts with.</summary>
public enum SourceFirmware
{
    /// <summary>BIOS: also what is meant when nothing is said, in every product.</summary>
    Bios,

    /// <summary>UEFI.</summary>
    Uefi,

    /// <summary>A word that is not known.</summary>
    Unknown,
}
