using System.Globalization;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>
/// Says which hardware a guest surely has drivers for. Debian's initramfs has virtio; that of Red Hat, SUSE and others only what the machine had, and always IDE (<c>ata_piix</c>, dracut's 90kernel-modules);
/// Windows starts the driver of its CD-ROM's bus at boot.
/// </summary>
public static class MachineProposal
{
    private const int IdeDisks = 4;
    private static readonly string[] OldWindows = ["win95", "win98", "winme", "winnt", "win2000", "winxp", "winnet", "win31"];

    /// <summary>Proposes the guest's hardware.</summary>
    /// <param name="machine">The VMware machine.</param>
    /// <param name="limits">What a guest may have.</param>
    /// <param name="taken">Network addresses of other guests, in small letters, and whose they are.</param>
    /// <param name="concerns">Takes what is noticed.</param>
    public static ProposedMachine Make(SourceMachine machine, GuestLimits limits, IReadOnlyDictionary<string, string> taken, ConcernList concerns)
    {
        Guest(machine, concerns);
        var bus = Bus(machine);
        var memory = machine.MemoryMiB ?? SourceMachine.DefaultMemory;
        if (memory < limits.SmallestMemoryMiB)
        {
            concerns.Add(
                ConcernId.MemoryRaised,
                string.Empty,
                $"{(machine.MemoryMiB is null ? $"The machine does not say its memory, which is {SourceMachine.DefaultMemory} MiB in VMware" : $"The machine has {memory} MiB")}: it gets {limits.SmallestMemoryMiB} MiB.");
        }

        if (machine.Disks.Count > limits.Disks)
        {
            concerns.Add(ConcernId.TooManyDisks, string.Empty, $"The machine has {machine.Disks.Count} disks, and a VirtualMachine has at most {limits.Disks}.");
        }

        if (machine.Nics.Count > limits.Nics)
        {
            concerns.Add(ConcernId.TooManyNics, string.Empty, $"The machine has {machine.Nics.Count} network cards, and a VirtualMachine has at most {limits.Nics}.");
        }

        var name = ObjectNames.Of(machine.Name);
        if (name is null)
        {
            concerns.Add(ConcernId.NameNotUsable, string.Empty, $"No name for a VirtualMachine can be made of {Shown.Of(machine.Name)}.");
        }

        var isPc = bus == ProposedBus.Ide;
        return new ProposedMachine
        {
            Name = name,
            Vcpus = machine.Vcpus,
            CoresPerSocket = machine.CoresPerSocket,
            MemoryMiB = Math.Max(memory, limits.SmallestMemoryMiB),
            Machine = isPc ? "pc" : "q35",
            IsUefi = machine.Firmware == SourceFirmware.Uefi,
            HasSecureBoot = machine.HasSecureBoot,
            BiosId = machine.BiosId,
            Disks = Disks(machine, bus, concerns),
            Nics = [.. machine.Nics.Select(nic => Nic(nic, machine.Guest, isPc, taken, concerns))],
        };
    }

    /// <summary>QEMU's model for a card of VMware.</summary>
    /// <param name="model">VMware's, in small letters; null when none is given.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="isPc">Whether the machine is i440fx, which has no PCI Express.</param>
    public static string NicModel(string? model, SourceGuest guest, bool isPc) => (guest.Family, model) switch
    {
        (GuestFamily.Debian, _) => "virtio",
        (_, "e1000e") => isPc ? "e1000" : "e1000e",
        (_, "vmxnet3") => "vmxnet3",
        (_, "vlance" or "pcnet32") => "pcnet",
        (_, null) => guest.Is64Bit || guest.Id is null ? "e1000" : "pcnet",
        _ => "e1000",
    };

    private static void Guest(SourceMachine machine, ConcernList concerns)
    {
        var guest = machine.Guest;
        if (guest.IsArm)
        {
            concerns.Add(ConcernId.WrongArchitecture, string.Empty, $"The guest is made for ARM processors ({Shown.Of(guest.Id)}).");
        }

        switch (guest.Family)
        {
            case GuestFamily.Unknown:
                concerns.Add(ConcernId.GuestNotInfo, string.Empty, guest.Id is null ? "The machine does not say what its guest is: it is started on IDE." : $"The guest {Shown.Of(guest.Id)} is not known: it is started on IDE.");
                break;
            case GuestFamily.MacOs:
                concerns.Add(ConcernId.GuestUnsupported, string.Empty, "The guest is macOS, which starts on Apple's hardware only.");
                break;
            case GuestFamily.Windows when IsOld(guest):
                concerns.Add(ConcernId.GuestUnsupported, string.Empty, $"The guest is an old Windows ({Shown.Of(guest.Id)}).");
                break;
        }

        if (guest.IsReported)
        {
            concerns.Add(
                ConcernId.DetectedGuest,
                string.Empty,
                $"VMware Tools reported {Shown.Of(guest.Name)}{(guest.Kernel is null ? string.Empty : $" with the kernel {Shown.Of(guest.Kernel)}")}; the machine is set to {Shown.Of(guest.Id)}. What they reported counts.");
            concerns.Add(ConcernId.VmwareToolsLeft, string.Empty, "VMware Tools are installed in the guest, and do nothing here.");
        }
    }

    private static bool IsOld(SourceGuest guest) => guest.Id is { } id && OldWindows.Any(prefix => id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static ProposedBus Bus(SourceMachine machine) => machine.Guest.Family switch
    {
        GuestFamily.Debian => ProposedBus.Virtio,
        GuestFamily.MacOs => ProposedBus.Sata,
        GuestFamily.Windows => WindowsBus(machine),

        // Secure boot needs q35, which has no IDE.
        _ => machine.HasSecureBoot ? ProposedBus.Sata : ProposedBus.Ide,
    };

    private static ProposedBus WindowsBus(SourceMachine machine) => machine.HasSecureBoot
        ? ProposedBus.Sata
        : (machine.CdRomController ?? machine.Disks.Select(disk => (DiskController?)disk.Controller).FirstOrDefault(controller => controller is DiskController.Ide or DiskController.Ahci)) switch
        {
            DiskController.Ahci => ProposedBus.Sata,
            DiskController.Ide => ProposedBus.Ide,
            _ => IsOld(machine.Guest) ? ProposedBus.Ide : ProposedBus.Sata,
        };

    private static List<ProposedDisk> Disks(SourceMachine machine, ProposedBus bus, ConcernList concerns)
    {
        var order = machine.BootOrder.Concat(machine.Disks.Select(disk => disk.Slot)).Distinct(StringComparer.Ordinal).ToList();
        if (machine.Disks.Count > 0 && order[0] != machine.Disks[0].Slot)
        {
            concerns.Add(ConcernId.BootDiskNotFirst, order[0], $"The machine starts from {order[0]}, and {machine.Disks[0].Slot} is its first disk.");
        }

        var result = new List<ProposedDisk>();
        foreach (var disk in machine.Disks)
        {
            var boot = order.IndexOf(disk.Slot) + 1;
            var own = disk.Controller == DiskController.Usb ? ProposedBus.Usb
                : bus != ProposedBus.Ide || result.Count(other => other.Bus == ProposedBus.Ide) < IdeDisks ? bus
                : machine.Guest.IsLinux ? ProposedBus.Virtio : ProposedBus.Sata;
            result.Add(new ProposedDisk(disk.Slot, own, boot));
            Fallback(machine, disk, own, concerns);
        }

        return result;
    }

    private static void Fallback(SourceMachine machine, SourceDisk disk, ProposedBus bus, ConcernList concerns)
    {
        if (machine.Guest.Family == GuestFamily.Windows && disk.Controller is not (DiskController.Ide or DiskController.Usb) && (disk.Controller == DiskController.BusLogic || IsOld(machine.Guest)))
        {
            concerns.Add(ConcernId.UnsupportedController, disk.Slot, $"The disk is attached to {Word(disk.Controller)}, and an old Windows starts from no other controller than the one it was installed on.");
            return;
        }

        var isSame = (disk.Controller, bus) is (DiskController.Ide, ProposedBus.Ide) or (DiskController.Ahci, ProposedBus.Sata) or (DiskController.Usb, ProposedBus.Usb);
        if (!isSame)
        {
            concerns.Add(
                ConcernId.BusFallback,
                disk.Slot,
                bus == ProposedBus.Virtio
                    ? $"The disk was attached to {Word(disk.Controller)}, and is attached to virtio, of which the guest has the driver."
                    : $"The disk was attached to {Word(disk.Controller)}, and is attached to {bus.ToString().ToUpperInvariant()}, of which the guest surely has the driver.",
                bus == ProposedBus.Virtio ? string.Empty : null,
                bus == ProposedBus.Virtio ? ConcernCategory.Information : null);
        }
    }

    private static ProposedNic Nic(SourceNic nic, SourceGuest guest, bool isPc, IReadOnlyDictionary<string, string> taken, ConcernList concerns)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"ethernet{nic.Index}");
        var model = NicModel(nic.Model, guest, isPc);
        if (nic.Mac is { } mac && taken.TryGetValue(mac, out var owner))
        {
            concerns.Add(ConcernId.DuplicateMac, subject, $"{subject} has the address {mac}, which {owner} has already.");
        }

        if (!nic.IsConnected)
        {
            concerns.Add(ConcernId.NicDisconnected, subject, $"{subject} is not connected when the machine starts.");
        }

        if (nic.Network is not ("bridged" or "nat"))
        {
            concerns.Add(ConcernId.NicNetworkGuessed, subject, $"{subject} is connected to {Shown.Of(nic.Network)} in VMware, which the hosts do not know.");
        }

        if (guest.Family != GuestFamily.Debian && nic.Model is not null && nic.Model != model && (nic.Model, model) is not ("e1000e", "e1000") and not ("vlance", "pcnet"))
        {
            concerns.Add(ConcernId.NicModel, subject, $"{subject} is {Shown.Of(nic.Model)} in VMware, and becomes {model}.");
        }

        // systemd names a card by its place on the bus: 33 is ens33, 160 is ens160. Its place is another one here.
        var oldName = guest.IsLinux && nic.PciSlot is { } slot ? string.Create(CultureInfo.InvariantCulture, $"ens{slot}") : null;
        if (oldName is not null)
        {
            concerns.Add(ConcernId.NicRename, subject, $"{subject} is {oldName} in most guests, and gets another name here.");
        }

        return new ProposedNic(nic.Index, model, nic.Mac, nic.Network, nic.IsConnected, oldName);
    }

    private static string Word(DiskController controller) => controller switch
    {
        DiskController.Ide => "IDE",
        DiskController.Ahci => "SATA",
        DiskController.LsiLogic => "LSI Logic",
        DiskController.LsiSas1068 => "LSI Logic SAS",
        DiskController.BusLogic => "BusLogic",
        DiskController.PvScsi => "PVSCSI",
        DiskController.Nvme => "NVMe",
        _ => "USB",
    };
}
