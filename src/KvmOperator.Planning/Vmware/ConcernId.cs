using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What a concern is. The words are part of the API: <c>acceptConcerns</c> names them.</summary>
public enum ConcernId
{
    /// <summary>File missing.</summary>
    FileMissing,

    /// <summary>File cut.</summary>
    FileTruncated,

    /// <summary>File unreadable.</summary>
    Unreadable,

    /// <summary>Not the file it should be.</summary>
    NotText,

    /// <summary>Not an OVA.</summary>
    NotArchive,

    /// <summary>File damaged.</summary>
    Corrupt,

    /// <summary>Several files could be meant.</summary>
    Ambiguous,

    /// <summary>No disks.</summary>
    NoDisks,

    /// <summary>Encrypted.</summary>
    Encrypted,

    /// <summary>Another processor.</summary>
    WrongArchitecture,

    /// <summary>Disk is a device.</summary>
    RawDisk,

    /// <summary>Disk not closed.</summary>
    SeSparseDirty,

    /// <summary>Disk format not known.</summary>
    UnsupportedExtent,

    /// <summary>Parent of a snapshot changed.</summary>
    ParentChanged,

    /// <summary>Snapshot chain leads in a circle.</summary>
    Cycle,

    /// <summary>Too many snapshots.</summary>
    ChainTooLong,

    /// <summary>Path leads out of the source.</summary>
    PathOutside,

    /// <summary>Machine is running.</summary>
    SourceInUse,

    /// <summary>Locked.</summary>
    StaleLock,

    /// <summary>Suspended.</summary>
    Suspended,

    /// <summary>Redo log present.</summary>
    RedoPresent,

    /// <summary>Disk shared with another machine.</summary>
    SharedBus,

    /// <summary>Too many disks.</summary>
    TooManyDisks,

    /// <summary>Too many network cards.</summary>
    TooManyNics,

    /// <summary>Not enough space.</summary>
    NoSpace,

    /// <summary>Disk too large.</summary>
    DiskTooLarge,

    /// <summary>Network address taken.</summary>
    DuplicateMac,

    /// <summary>Name taken.</summary>
    NameTaken,

    /// <summary>Checksum differs.</summary>
    ChecksumMismatch,

    /// <summary>Windows is hibernated.</summary>
    Hibernated,

    /// <summary>Has a TPM.</summary>
    Vtpm,

    /// <summary>Source changed.</summary>
    SourceChanged,

    /// <summary>Key given twice.</summary>
    ConflictingKeys,

    /// <summary>Disk controller has no driver.</summary>
    UnsupportedController,

    /// <summary>Independent disk.</summary>
    IndependentDisk,

    /// <summary>Secure boot.</summary>
    SecureBoot,

    /// <summary>No fall-back boot loader.</summary>
    NoFallbackLoader,

    /// <summary>Guest unknown.</summary>
    GuestNotInfo,

    /// <summary>Guest not supported.</summary>
    GuestUnsupported,

    /// <summary>Other disk bus.</summary>
    BusFallback,

    /// <summary>Network card gets another name.</summary>
    NicRename,

    /// <summary>Network not mapped.</summary>
    NicNetworkGuessed,

    /// <summary>Network card starts disconnected.</summary>
    NicDisconnected,

    /// <summary>Network card of another model.</summary>
    NicModel,

    /// <summary>No checksums.</summary>
    ManifestAbsent,

    /// <summary>Sizes differ.</summary>
    CapacityDiffers,

    /// <summary>Device of the host.</summary>
    Passthrough,

    /// <summary>Disk on USB.</summary>
    UsbDisk,

    /// <summary>Memory raised.</summary>
    MemoryRaised,

    /// <summary>Disks by device name.</summary>
    FstabDevices,

    /// <summary>Firmware not known.</summary>
    UnknownFirmware,

    /// <summary>Not shut down cleanly.</summary>
    UncleanShutdown,

    /// <summary>Files in another folder.</summary>
    OtherFolder,

    /// <summary>Boot disk is not the first.</summary>
    BootDiskNotFirst,

    /// <summary>Name not usable.</summary>
    NameNotUsable,

    /// <summary>VMware Tools.</summary>
    VmwareToolsLeft,

    /// <summary>Disks with the same address.</summary>
    SameAddress,

    /// <summary>Has snapshots.</summary>
    SnapshotChain,

    /// <summary>File found by its name.</summary>
    AbsolutePathFoundByName,

    /// <summary>Encoding.</summary>
    Encoding,

    /// <summary>Line not read.</summary>
    UnparsableLine,

    /// <summary>Key given twice.</summary>
    DuplicateKey,

    /// <summary>Not taken over.</summary>
    Dropped,

    /// <summary>Disk not present.</summary>
    NotPresent,

    /// <summary>Disks of nobody.</summary>
    Orphans,

    /// <summary>Changed block tracking.</summary>
    ChangeTracking,

    /// <summary>Guest.</summary>
    DetectedGuest,
}
