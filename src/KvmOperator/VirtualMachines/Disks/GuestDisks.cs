using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using DiskBus = KvmOperator.Api.VirtualMachines.DiskBus;
using DiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says where a guest's disks are and what they begin with. Pure.</summary>
internal static class GuestDisks
{
    /// <summary>The folder of a guest's own files in a store.</summary>
    public static string Folder(DomainIdentity identity, NfsStore store) => $"{store.Spec.MountPath}/{identity.DomainName}";

    /// <summary>A disk's file on every host. A file that the operator makes lies in the guest's own folder.</summary>
    public static string Path(DomainIdentity identity, VirtualMachineDisk disk, NfsStore store) =>
        disk.Source?.Existing is { } existing ? $"{store.Spec.MountPath}/{existing}" : $"{Folder(identity, store)}/{GuestFileNames.Of(disk)}";

    /// <summary>The file with cloud-init's data; it moves with the guest, so it lies beside its first disk.</summary>
    public static string CloudInitPath(DomainIdentity identity, NfsStore store) => $"{Folder(identity, store)}/{GuestFileNames.CloudInit}";

    /// <summary>The disk as it should be made; null for an existing file, which is taken as it is.</summary>
    /// <param name="identity">The guest.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="store">Its store.</param>
    /// <param name="cloned">The file of the other guest's disk and its format, when it is cloned.</param>
    public static DiskPlan? Plan(DomainIdentity identity, VirtualMachineDisk disk, NfsStore store, (string Path, string Format)? cloned)
    {
        if (disk.Source?.Existing is not null)
        {
            return null;
        }

        var linked = disk.Sharing == DiskSharing.Linked;
        DiskSource source = (disk.Source, cloned) switch
        {
            ({ Image: { } image }, _) when linked => new DiskSource.Linked($"{store.Spec.MountPath}/{image}", string.Empty),
            ({ Image: { } image }, _) => new DiskSource.Copy($"{store.Spec.MountPath}/{image}", string.Empty),
            ({ CloneOf: not null }, { } other) when linked => new DiskSource.Linked(other.Path, other.Format),
            ({ CloneOf: not null }, { } other) => new DiskSource.Copy(other.Path, other.Format),
            _ => new DiskSource.Empty(),
        };
        return new DiskPlan(Path(identity, disk, store), GuestFileNames.Format(disk), WantedBytes(disk), source);
    }

    /// <summary>The disks as libvirt gets them, in the order of the spec.</summary>
    public static IReadOnlyList<GuestDisk> Definitions(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores)
    {
        var identity = machine.Identity();
        var letters = new Dictionary<string, int>(StringComparer.Ordinal);
        var disks = new List<GuestDisk>();
        foreach (var disk in machine.Spec.Disks)
        {
            var bus = Bus(disk.Bus);
            var prefix = bus switch
            {
                "virtio" => "vd",
                "ide" => "hd",
                _ => "sd",
            };
            var place = letters[prefix] = letters.GetValueOrDefault(prefix, -1) + 1;
            disks.Add(new GuestDisk(Path(identity, disk, stores[disk.StoreRef.Name]), GuestFileNames.Format(disk), bus, $"{prefix}{(char)('a' + place)}")
            {
                BootOrder = BootOrder(machine.Spec, disk.Name),
            });
        }

        return disks;
    }

    /// <summary>
    /// The definition without the disks that cannot be made yet: a domain that never had them goes on without. Null when one is lacking that the domain has, so that it cannot be started.
    /// </summary>
    /// <param name="wanted">What the domain should be.</param>
    /// <param name="made">The disks that are there.</param>
    /// <param name="ofDomain">The files that the domain has by now.</param>
    public static GuestDefinition? Without(GuestDefinition wanted, IReadOnlyList<VirtualMachineDiskStatus> made, IReadOnlyList<string> ofDomain)
    {
        var there = made.Select(disk => disk.Path).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return ofDomain.Count > 0 && wanted.Disks.All(disk => there.Contains(disk.Path) || !ofDomain.Contains(disk.Path, StringComparer.Ordinal))
            ? wanted with
            {
                Disks = [.. wanted.Disks.Where(disk => there.Contains(disk.Path))],
                CloudInitImage = wanted.CloudInitImage is { } image && ofDomain.Contains(image, StringComparer.Ordinal) ? image : null,
            }
            : null;
    }

    /// <summary>The place of a disk, or of the network, among what the guest is started from; the first disk when nothing is said.</summary>
    public static int? BootOrder(VirtualMachineSpec spec, string name)
    {
        if (spec.Boot is not { } boot)
        {
            return spec.Disks[0].Name == name ? 1 : null;
        }

        var place = boot.Order.ToList().IndexOf(name);
        return place < 0 ? null : place + 1;
    }

    /// <summary>The size that a disk should have, in whole sectors; 0 when nothing is said.</summary>
    public static long WantedBytes(VirtualMachineDisk disk) => ((Quantities.Bytes(disk.Size) ?? 0) + 511) / 512 * 512;

    /// <summary>The disks that should be larger than they are known to be.</summary>
    public static IReadOnlyList<VirtualMachineDisk> ToGrow(VirtualMachineSpec spec, IReadOnlyList<VirtualMachineDiskStatus> made) =>
        [.. spec.Disks.Where(disk => WantedBytes(disk) > (made.FirstOrDefault(known => known.Name == disk.Name)?.VirtualBytes ?? 0))];

    /// <summary>What is said of disks that are all there. A disk that should be smaller stays as it is.</summary>
    public static string ReadyMessage(VirtualMachineSpec spec, IReadOnlyList<VirtualMachineDiskStatus> made)
    {
        var larger = spec.Disks.Where(disk => WantedBytes(disk) > 0 && made.Any(known => known.Name == disk.Name && known.VirtualBytes > WantedBytes(disk))).Select(disk => disk.Name).ToList();
        return larger.Count == 0 ? "all disks are there" : $"all disks are there; larger than spec.disks says, since a disk never shrinks: {string.Join(", ", larger)}";
    }

    private static string Bus(DiskBus bus) => bus switch
    {
        DiskBus.Scsi => "scsi",
        DiskBus.Sata => "sata",
        DiskBus.Ide => "ide",
        DiskBus.Usb => "usb",
        _ => "virtio",
    };
}
