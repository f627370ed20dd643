using System.Globalization;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Vmware;

namespace KvmOperator.VmwareImports;

/// <summary>Says which VirtualMachine is made of a VMware machine: what the inspection proposes, and what the import's spec says otherwise. Pure.</summary>
internal static class ImportedGuest
{
    /// <summary>libvirt's network, which every host has.</summary>
    private const string UsualNetwork = "default";

    /// <summary>Windows wants another clock and other defaults of its devices than Linux.</summary>
    private const string UsualWindows = "win10";

    /// <summary>The VirtualMachine. Whether it can be is its validator's to say.</summary>
    /// <param name="import">The import.</param>
    /// <param name="mark">What it leaves on the object.</param>
    /// <param name="pool">The pool of the store that takes the disks.</param>
    /// <param name="inspection">What was found; it has a proposal.</param>
    public static VirtualMachine Make(VmwareImport import, string mark, string pool, Inspection inspection)
    {
        var (wanted, proposal) = (import.Spec.VirtualMachine, inspection.Proposal!);
        var machine = new VirtualMachine
        {
            Metadata = new V1ObjectMeta
            {
                Name = wanted.Name,
                NamespaceProperty = import.Namespace(),
                Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ImportedBy] = mark },
            },
        };
        var names = DiskNames.Of(proposal.Disks.Select(disk => disk.Slot));
        var type = wanted.Machine ?? (proposal.Machine == "pc" ? MachineType.I440fx : MachineType.Q35);
        var disks = proposal.Disks.Zip(names, (disk, name) => new VirtualMachineDisk
        {
            Name = name,
            StoreRef = import.Spec.StoreRef,
            Source = new DiskSource { Existing = $"{GuestFileNames.Folder(machine)}/{FileName(name)}" },
            Bus = wanted.Disks.FirstOrDefault(one => one.Slot == disk.Slot)?.Bus ?? Bus(disk.Bus, type),
        }).ToList();
        machine.Spec = new VirtualMachineSpec
        {
            Vcpus = wanted.Vcpus ?? proposal.Vcpus,
            Memory = wanted.Memory ?? new ResourceQuantity(string.Create(CultureInfo.InvariantCulture, $"{proposal.MemoryMiB}Mi")),
            Disks = disks,
            Networks = [.. proposal.Nics.Select(nic => Network(nic, wanted, type))],
            Firmware = wanted.Firmware ?? (proposal.IsUefi ? Firmware.Uefi : Firmware.Bios),
            Machine = type,
            OperatingSystem = wanted.OperatingSystem ?? (inspection.Machine?.Guest.Family == GuestFamily.Windows ? UsualWindows : new VirtualMachineSpec().OperatingSystem),
            Boot = Boot(proposal, names),
            RunStrategy = import.Spec.Start ? RunStrategy.Always : RunStrategy.Halted,
            Placement = new VirtualMachinePlacement { Pool = pool },
        };
        return machine;
    }

    /// <summary>The file of a disk in the guest's folder.</summary>
    public static string FileName(string disk) => $"{disk}.qcow2";

    /// <summary>What the machine has: i440fx has no SATA, and q35 no IDE.</summary>
    private static DiskBus Bus(ProposedBus bus, MachineType type) => (bus, type) switch
    {
        (ProposedBus.Virtio, _) => DiskBus.Virtio,
        (ProposedBus.Usb, _) => DiskBus.Usb,
        (_, MachineType.I440fx) => DiskBus.Ide,
        _ => DiskBus.Sata,
    };

    private static VirtualMachineNetwork Network(ProposedNic nic, ImportedVirtualMachine wanted, MachineType type)
    {
        var own = wanted.Networks.FirstOrDefault(one => one.Index == nic.Index);
        var bridge = own?.Bridge ?? (own?.Network is null ? wanted.Bridge : null);
        var model = own?.Model ?? (Enum.TryParse<NicModel>(nic.Model, ignoreCase: true, out var known) ? known : NicModel.E1000);
        return new VirtualMachineNetwork
        {
            Network = bridge is null ? own?.Network ?? wanted.Network ?? UsualNetwork : null,
            Bridge = bridge,
            Mac = own?.Mac ?? (wanted.KeepMacAddresses ? nic.Mac : null),
            Model = own?.Model is null && model == NicModel.E1000e && type == MachineType.I440fx ? NicModel.E1000 : model,
        };
    }

    /// <summary>Nothing where the first disk is the one that is started from, as it is without a word.</summary>
    private static VirtualMachineBoot? Boot(ProposedMachine proposal, IReadOnlyList<string> names)
    {
        const int MostTried = 8;
        var order = proposal.Disks.Zip(names).OrderBy(pair => pair.First.BootOrder).Select(pair => pair.Second).Take(MostTried).ToList();
        return order.Count == 0 || order[0] == names[0] ? null : new VirtualMachineBoot { Order = order };
    }
}
