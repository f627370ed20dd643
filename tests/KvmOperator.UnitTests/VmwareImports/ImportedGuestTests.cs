using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Planning.Vmware;
using KvmOperator.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>Which VirtualMachine is made of a VMware machine.</summary>
public sealed class ImportedGuestTests
{
    private static readonly ProposedMachine Centos = new()
    {
        Name = "node3",
        Vcpus = 2,
        MemoryMiB = 1024,
        Machine = "pc",
        Disks = [new ProposedDisk("scsi0:0", ProposedBus.Ide, 2), new ProposedDisk("scsi0:1", ProposedBus.Ide, 1), new ProposedDisk("usb_xhci:0", ProposedBus.Usb, 3)],
        Nics = [new ProposedNic(0, "e1000", "00:0c:29:00:00:01", "nat", true, "ens33"), new ProposedNic(3, "e1000e", "00:0c:29:00:00:02", "bridged", true, null)],
    };

    [Fact]
    public void It_has_the_hardware_that_its_guest_surely_has_drivers_for()
    {
        var machine = Make(new ImportedVirtualMachine { Name = "qy1" });

        Assert.Empty(VirtualMachineValidator.Validate(machine));
        Assert.Equal((2, "1Gi", MachineType.I440fx, Firmware.Bios, "linux2022"), (machine.Spec.Vcpus, machine.Spec.Memory!.CanonicalizeString(), machine.Spec.Machine!.Value, machine.Spec.Firmware, machine.Spec.OperatingSystem));
        Assert.Equal([("scsi0-0", DiskBus.Ide), ("scsi0-1", DiskBus.Ide), ("usb-xhci-0", DiskBus.Usb)], machine.Spec.Disks.Select(disk => (disk.Name, disk.Bus)));
        Assert.All(machine.Spec.Disks, disk => Assert.Equal($"default_qy1/{disk.Name}.qcow2", disk.Source!.Existing));
        Assert.Equal(["scsi0-1", "scsi0-0", "usb-xhci-0"], machine.Spec.Boot!.Order);
        Assert.Equal([("default", NicModel.E1000, "00:0c:29:00:00:01"), ("default", NicModel.E1000, "00:0c:29:00:00:02")], machine.Spec.Networks.Select(card => (card.Network, card.Model!.Value, card.Mac)));
        Assert.Equal(("qy1/uid", "gold", RunStrategy.Always), (machine.GetAnnotation(Annotations.ImportedBy), machine.Spec.Placement.Pool, machine.Spec.RunStrategy));
    }

    [Fact]
    public void What_the_import_says_otherwise_counts()
    {
        var machine = Make(new ImportedVirtualMachine
        {
            Name = "qy1",
            Vcpus = 4,
            Memory = new ResourceQuantity("2Gi"),
            Firmware = Firmware.Uefi,
            Machine = MachineType.Q35,
            OperatingSystem = "centos8",
            Disks = [new ImportedDiskOverride { Slot = "scsi0:1", Bus = DiskBus.Virtio }],
            Bridge = "br0",
            KeepMacAddresses = false,
            Networks = [new ImportedNetwork { Index = 3, Network = "lan", Model = NicModel.Vmxnet3, Mac = "52:54:00:00:00:09" }],
        });

        Assert.Empty(VirtualMachineValidator.Validate(machine));
        Assert.Equal((4, "2Gi", MachineType.Q35, Firmware.Uefi, "centos8"), (machine.Spec.Vcpus, machine.Spec.Memory!.ToString(), machine.Spec.Machine!.Value, machine.Spec.Firmware, machine.Spec.OperatingSystem));
        Assert.Equal([DiskBus.Sata, DiskBus.Virtio, DiskBus.Usb], machine.Spec.Disks.Select(disk => disk.Bus));
        Assert.Equal([(null, "br0", NicModel.E1000, null), ("lan", null, NicModel.Vmxnet3, "52:54:00:00:00:09")], machine.Spec.Networks.Select(card => (card.Network, card.Bridge, card.Model!.Value, card.Mac)));
    }

    [Fact]
    public void One_that_is_not_to_be_started_is_off_and_says_nothing_of_an_order_that_is_usual()
    {
        var import = Import(new ImportedVirtualMachine { Name = "qy1" });
        import.Spec = import.Spec with { Start = false };

        var machine = ImportedGuest.Make(import, "qy1/uid", "gold", new Inspection { Proposal = Centos with { Disks = [new ProposedDisk("ide0:0", ProposedBus.Virtio, 1)], Machine = "q35" } });

        Assert.Equal((RunStrategy.Halted, null), (machine.Spec.RunStrategy, machine.Spec.Boot));
    }

    private static VirtualMachine Make(ImportedVirtualMachine wanted) => ImportedGuest.Make(Import(wanted), "qy1/uid", "gold", new Inspection { Proposal = Centos });

    private static VmwareImport Import(ImportedVirtualMachine wanted) => new()
    {
        Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default", Uid = "uid" },
        Spec = new VmwareImportSpec { VirtualMachine = wanted, StoreRef = new LocalObjectReference { Name = "images" } },
    };
}
