using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What a guest should be.</summary>
[ValidationRule("self.firmware == oldSelf.firmware", Message = "the firmware cannot be changed: an installed system boots with the one it was installed with", FieldPath = ".firmware")]
[ValidationRule("has(self.machine) == has(oldSelf.machine) && (!has(self.machine) || self.machine == oldSelf.machine)", Message = "the machine cannot be changed: an installed system knows its devices by their places in it", FieldPath = ".machine")]
[ValidationRule("!self.disks.exists(disk, disk.bus == 'ide') || (has(self.machine) && self.machine == 'i440fx')", Message = "only the machine i440fx has IDE: say machine: i440fx, or another bus", FieldPath = ".disks")]
[ValidationRule("!has(self.boot) || self.boot.order.all(name, name == 'network' || self.disks.exists(disk, disk.name == name))", Message = "there is no such disk: name one of spec.disks, or network", FieldPath = ".boot.order")]
public sealed record VirtualMachineSpec
{
    /// <summary>Virtual CPUs.</summary>
    [DefaultValue(1)]
    [RangeMinimum(1)]
    [RangeMaximum(512)]
    public int Vcpus { get; init; } = 1;

    /// <summary>Memory, as a quantity: 2Gi.</summary>
    [Required]
    public ResourceQuantity? Memory { get; init; }

    /// <summary>The disks, in the order in which the guest sees them.</summary>
    [Required]
    [Items(1, 16)]
    [XListMapKeys("name")]
    public IReadOnlyList<VirtualMachineDisk> Disks { get; init; } = [];

    /// <summary>The network cards. When none are given, one on libvirt's default network.</summary>
    [Items(0, 8)]
    [ValidationRule("self.all(card, !has(card.mac) || self.exists_one(other, has(other.mac) && other.mac.lowerAscii() == card.mac.lowerAscii()))", Message = "each card needs an address of its own")]
    public IReadOnlyList<VirtualMachineNetwork> Networks { get; init; } = [];

    /// <summary>What starts the guest.</summary>
    [DefaultValue(Firmware.Bios)]
    public Firmware Firmware { get; init; } = Firmware.Bios;

    /// <summary>The machine that QEMU makes; what suits the operating system unless said otherwise.</summary>
    public MachineType? Machine { get; init; }

    /// <summary>The operating system by its name in libosinfo; decides which devices the guest gets.</summary>
    [DefaultValue("linux2022")]
    [Length(1, 63)]
    [Pattern(Patterns.OperatingSystem)]
    public string OperatingSystem { get; init; } = "linux2022";

    /// <summary>Which disk or network the guest starts from; the first disk unless said otherwise.</summary>
    public VirtualMachineBoot? Boot { get; init; }

    /// <summary>What cloud-init in the guest is told at its first start.</summary>
    public CloudInit? CloudInit { get; init; }

    /// <summary>Always: started again whenever it stops. RerunOnFailure: started again when it crashed. Manual: left as people leave it. Halted: shut down.</summary>
    [DefaultValue(RunStrategy.Always)]
    public RunStrategy RunStrategy { get; init; } = RunStrategy.Always;

    /// <summary>Where the guest may run.</summary>
    public VirtualMachinePlacement Placement { get; init; } = new();

    /// <summary>What happens to the guest when its host fails or is drained.</summary>
    public VirtualMachineAvailability Availability { get; init; } = new();

    /// <summary>How long a shutdown may take before the guest is powered off, in seconds.</summary>
    [DefaultValue(120)]
    [RangeMinimum(0)]
    [RangeMaximum(3600)]
    public int TerminationGracePeriodSeconds { get; init; } = 120;

    /// <summary>What becomes of the disks when this object is deleted.</summary>
    [DefaultValue(DeletionPolicy.Retain)]
    public DeletionPolicy DeletionPolicy { get; init; } = DeletionPolicy.Retain;
}
