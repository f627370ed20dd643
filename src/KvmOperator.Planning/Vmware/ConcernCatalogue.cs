using System.Collections.Frozen;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Every concern with its category, its label, what to do about it, and whether a person may release it. The table in the documentation is held against it by a test.</summary>
public static class ConcernCatalogue
{
    /// <summary>What to do about a disk that only VMware can put in order.</summary>
    internal const string Consolidate = "Power the machine on and off once in VMware, or consolidate its snapshots, or clone the disk with vmkfstools -i; then copy it again.";

    private static readonly FrozenDictionary<ConcernId, Entry> Entries = new Dictionary<ConcernId, Entry>
    {
        [ConcernId.FileMissing] = new(ConcernCategory.Critical, "File missing", "Copy the whole folder again, and apply the import anew.", IsReleasable: false),
        [ConcernId.FileTruncated] = new(ConcernCategory.Critical, "File cut", "Copy the file again, and compare its size with the original.", IsReleasable: false),
        [ConcernId.Unreadable] = new(ConcernCategory.Critical, "File unreadable", "Give the user that the operator uses on the host the right to read it; on NFS, root may be mapped to nobody (root_squash).", IsReleasable: false),
        [ConcernId.NotText] = new(ConcernCategory.Critical, "Not the file it should be", "Name the right file, or copy it again.", IsReleasable: false),
        [ConcernId.NotArchive] = new(ConcernCategory.Critical, "Not an OVA", "Name the right file; unpack it first when it is compressed as a whole.", IsReleasable: false),
        [ConcernId.Corrupt] = new(ConcernCategory.Critical, "File damaged", "Copy the file again; when the original is damaged too, repair it in VMware.", IsReleasable: false),
        [ConcernId.Ambiguous] = new(ConcernCategory.Critical, "Several files could be meant", "Name one in spec.source.", IsReleasable: false),
        [ConcernId.NoDisks] = new(ConcernCategory.Critical, "No disks", "Name the .vmx of the machine that is meant, or a .vmdk.", IsReleasable: false),
        [ConcernId.Encrypted] = new(ConcernCategory.Critical, "Encrypted", "Remove the encryption in VMware (VM settings, Options, Access Control or Encryption), and copy the folder again.", IsReleasable: false),
        [ConcernId.WrongArchitecture] = new(ConcernCategory.Critical, "Another processor", "Only x86 guests run on the hosts: install this one anew.", IsReleasable: false),
        [ConcernId.RawDisk] = new(ConcernCategory.Critical, "Disk is a device", "Copy its content with VMware (vmkfstools -i, or clone the machine with full disks), or make an image of the device.", IsReleasable: false),
        [ConcernId.SeSparseDirty] = new(ConcernCategory.Critical, "Disk not closed", "Power the machine on and off once in VMware, or consolidate its snapshots, or clone the disk with vmkfstools -i; then copy it again.", IsReleasable: false),
        [ConcernId.UnsupportedExtent] = new(ConcernCategory.Critical, "Disk format not known", "Clone the disk in VMware (vmkfstools -i, or vmware-vdiskmanager -r), and import the clone.", IsReleasable: false),
        [ConcernId.ParentChanged] = new(ConcernCategory.Critical, "Parent of a snapshot changed", "Copy all the disk's files again from one moment; when the original says the same, the snapshot is lost: import the parent by its own .vmdk.", IsReleasable: false),
        [ConcernId.Cycle] = new(ConcernCategory.Critical, "Snapshot chain leads in a circle", "Copy the disk's files again; a descriptor that names itself or its child was changed by hand.", IsReleasable: false),
        [ConcernId.ChainTooLong] = new(ConcernCategory.Critical, "Too many snapshots", "Delete snapshots in VMware, which merges them, and copy the folder again.", IsReleasable: false),
        [ConcernId.PathOutside] = new(ConcernCategory.Critical, "Path leads out of the source", "Copy the file into the folder: only files below the source are read.", IsReleasable: false),
        [ConcernId.SourceInUse] = new(ConcernCategory.Critical, "Machine is running", "Shut the guest down in VMware, and wait until its lock files are gone.", IsReleasable: false),
        [ConcernId.StaleLock] = new(ConcernCategory.Critical, "Locked", "When no VMware has the machine open any more, accept StaleLock: a copied folder keeps its locks.", IsReleasable: true),
        [ConcernId.Suspended] = new(ConcernCategory.Critical, "Suspended", "Resume and shut the guest down in VMware. Or accept Suspended: what was only in its memory is lost, as after a power cut.", IsReleasable: true),
        [ConcernId.RedoPresent] = new(ConcernCategory.Critical, "Redo log present", "Shut the machine down in VMware, which decides about its redo log. Or accept RedoPresent: the disk is taken without it.", IsReleasable: true),
        [ConcernId.SharedBus] = new(ConcernCategory.Critical, "Disk shared with another machine", "Shut down all machines that use the disk, and accept SharedBus: it becomes a disk of this guest alone.", IsReleasable: true),
        [ConcernId.TooManyDisks] = new(ConcernCategory.Critical, "Too many disks", "Merge disks, or attach some of them later by hand.", IsReleasable: false),
        [ConcernId.TooManyNics] = new(ConcernCategory.Critical, "Too many network cards", "Remove cards in VMware, and copy the folder again.", IsReleasable: false),
        [ConcernId.NoSpace] = new(ConcernCategory.Critical, "Not enough space", "Make room in the store, or name another one.", IsReleasable: false),
        [ConcernId.DiskTooLarge] = new(ConcernCategory.Critical, "Disk too large", "Check the disk in VMware.", IsReleasable: false),
        [ConcernId.DuplicateMac] = new(ConcernCategory.Critical, "Network address taken", "Give the card another address (spec.virtualMachine.networks[].mac), or accept DuplicateMac when the other guest does not run at the same time.", IsReleasable: true),
        [ConcernId.NameTaken] = new(ConcernCategory.Critical, "Name taken", "Choose another spec.virtualMachine.name.", IsReleasable: false),
        [ConcernId.ChecksumMismatch] = new(ConcernCategory.Critical, "Checksum differs", "Download or copy the archive again.", IsReleasable: false),
        [ConcernId.Hibernated] = new(ConcernCategory.Critical, "Windows is hibernated", "Start it in VMware and shut it down fully (shutdown /s /f /t 0, with Fast Startup off). Or accept Hibernated: what was only in its memory is lost.", IsReleasable: true),
        [ConcernId.Vtpm] = new(ConcernCategory.Critical, "Has a TPM", "Suspend BitLocker and the like in the guest and keep its recovery keys; the TPM's content stays in VMware. Then accept Vtpm.", IsReleasable: true),
        [ConcernId.SourceChanged] = new(ConcernCategory.Critical, "Source changed", "Let nobody write to the source while it is imported, and apply the import anew.", IsReleasable: false),
        [ConcernId.ConflictingKeys] = new(ConcernCategory.Critical, "Key given twice", "Remove one of the two lines.", IsReleasable: false),
        [ConcernId.UnsupportedController] = new(ConcernCategory.Critical, "Disk controller has no driver", "The guest has no driver for any controller that the hosts have: add one in VMware first (for Windows XP: the standard IDE driver, \"mergeide\"). Then accept UnsupportedController.", IsReleasable: true),
        [ConcernId.IndependentDisk] = new(ConcernCategory.Warning, "Independent disk", "Snapshots do not include the disk: its content is the current one, whichever snapshot is imported.", IsReleasable: false),
        [ConcernId.SecureBoot] = new(ConcernCategory.Warning, "Secure boot", "The guest starts with secure boot and the keys of the hosts' firmware; keys that were enrolled in VMware are not taken over.", IsReleasable: false),
        [ConcernId.NoFallbackLoader] = new(ConcernCategory.Warning, "No fall-back boot loader", "The boot entry was only in VMware's NVRAM. Before the import, run grub-install --removable in the guest; or add the entry with efibootmgr from a rescue system.", IsReleasable: false),
        [ConcernId.GuestNotInfo] = new(ConcernCategory.Warning, "Guest unknown", "Say what the guest is: spec.virtualMachine.operatingSystem.", IsReleasable: false),
        [ConcernId.GuestUnsupported] = new(ConcernCategory.Warning, "Guest not supported", "It is converted and started; whether it runs is not promised.", IsReleasable: false),
        [ConcernId.BusFallback] = new(ConcernCategory.Warning, "Other disk bus", "The guest starts on a bus that it surely has a driver for. Switch it to virtio later by changing the bus in its VirtualMachine.", IsReleasable: false),
        [ConcernId.NicRename] = new(ConcernCategory.Warning, "Network card gets another name", "Put the .link file of the status into the guest (/etc/systemd/network), or change its network configuration.", IsReleasable: false),
        [ConcernId.NicNetworkGuessed] = new(ConcernCategory.Warning, "Network not mapped", "Say which network or bridge: spec.virtualMachine.networks[].", IsReleasable: false),
        [ConcernId.NicDisconnected] = new(ConcernCategory.Warning, "Network card starts disconnected", "Say connected: true for the card if it should be used.", IsReleasable: false),
        [ConcernId.NicModel] = new(ConcernCategory.Warning, "Network card of another model", "Nothing, when the guest is Linux; Windows may need a driver.", IsReleasable: false),
        [ConcernId.ManifestAbsent] = new(ConcernCategory.Warning, "No checksums", "Compare the archive with its publisher's checksum by hand.", IsReleasable: false),
        [ConcernId.CapacityDiffers] = new(ConcernCategory.Warning, "Sizes differ", "Nothing; look at the guest's file systems afterwards.", IsReleasable: false),
        [ConcernId.Passthrough] = new(ConcernCategory.Warning, "Device of the host", "The device is not taken over.", IsReleasable: false),
        [ConcernId.UsbDisk] = new(ConcernCategory.Warning, "Disk on USB", "The disk is converted and attached by USB; other buses are faster.", IsReleasable: false),
        [ConcernId.MemoryRaised] = new(ConcernCategory.Warning, "Memory raised", "Say another spec.virtualMachine.memory if it should be different.", IsReleasable: false),
        [ConcernId.FstabDevices] = new(ConcernCategory.Warning, "Disks by device name", "Use UUID= or LABEL= in the guest's /etc/fstab: names like /dev/sdb change with the bus.", IsReleasable: false),
        [ConcernId.UnknownFirmware] = new(ConcernCategory.Warning, "Firmware not known", "Say spec.virtualMachine.firmware.", IsReleasable: false),
        [ConcernId.UncleanShutdown] = new(ConcernCategory.Warning, "Not shut down cleanly", "The guest checks its file systems at its first start, as after a power cut.", IsReleasable: false),
        [ConcernId.OtherFolder] = new(ConcernCategory.Warning, "Files in another folder", "Copy what lies there into the folder.", IsReleasable: false),
        [ConcernId.BootDiskNotFirst] = new(ConcernCategory.Warning, "Boot disk is not the first", "Nothing: the boot order is taken over.", IsReleasable: false),
        [ConcernId.NameNotUsable] = new(ConcernCategory.Warning, "Name not usable", "Say spec.virtualMachine.name.", IsReleasable: false),
        [ConcernId.VmwareToolsLeft] = new(ConcernCategory.Warning, "VMware Tools", "Remove them in the guest when it runs, and install qemu-guest-agent.", IsReleasable: false),
        [ConcernId.SameAddress] = new(ConcernCategory.Warning, "Disks with the same address", "The disks are attached in the order of the file: check the guest's mounts.", IsReleasable: false),
        [ConcernId.SnapshotChain] = new(ConcernCategory.Information, "Has snapshots", string.Empty, IsReleasable: false),
        [ConcernId.AbsolutePathFoundByName] = new(ConcernCategory.Information, "File found by its name", string.Empty, IsReleasable: false),
        [ConcernId.Encoding] = new(ConcernCategory.Information, "Encoding", string.Empty, IsReleasable: false),
        [ConcernId.UnparsableLine] = new(ConcernCategory.Information, "Line not read", string.Empty, IsReleasable: false),
        [ConcernId.DuplicateKey] = new(ConcernCategory.Information, "Key given twice", string.Empty, IsReleasable: false),
        [ConcernId.Dropped] = new(ConcernCategory.Information, "Not taken over", string.Empty, IsReleasable: false),
        [ConcernId.NotPresent] = new(ConcernCategory.Information, "Disk not present", string.Empty, IsReleasable: false),
        [ConcernId.Orphans] = new(ConcernCategory.Information, "Disks of nobody", string.Empty, IsReleasable: false),
        [ConcernId.ChangeTracking] = new(ConcernCategory.Information, "Changed block tracking", string.Empty, IsReleasable: false),
        [ConcernId.DetectedGuest] = new(ConcernCategory.Information, "Guest", string.Empty, IsReleasable: false),
    }.ToFrozenDictionary();

    /// <summary>A concern with the words of the catalogue.</summary>
    /// <param name="id">What it is.</param>
    /// <param name="subject">The file, slot or card that it is about; empty for the machine as a whole.</param>
    /// <param name="assessment">What was found and what it means.</param>
    /// <param name="suggestion">What to do, when this case needs other words than the catalogue's.</param>
    /// <param name="category">How bad it is, when this case is less bad than usual.</param>
    public static Concern Make(ConcernId id, string subject, string assessment, string? suggestion = null, ConcernCategory? category = null)
    {
        var entry = Entries[id];
        return new Concern(id, category ?? entry.Category, entry.Label, Shown.Line(subject, 256), Shown.Line(assessment), suggestion ?? entry.Suggestion, entry.IsReleasable);
    }

    /// <summary>What prevents an import, after a person released some of it.</summary>
    /// <param name="concerns">What was found.</param>
    /// <param name="accepted">The ids that a person accepts, as they are spelled in <see cref="ConcernId"/>. Only what may be released is.</param>
    public static IReadOnlyList<Concern> Blocking(IEnumerable<Concern> concerns, IReadOnlyCollection<string> accepted) =>
        [.. concerns.Where(concern => concern.Category == ConcernCategory.Critical && !(concern.IsReleasable && accepted.Contains(concern.Id.ToString(), StringComparer.Ordinal)))];

    private sealed record Entry(ConcernCategory Category, string Label, string Suggestion, bool IsReleasable);
}
