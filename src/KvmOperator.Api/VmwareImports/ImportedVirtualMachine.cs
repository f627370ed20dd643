using k8s.Models;
using KvmOperator.Api.Attributes;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The VirtualMachine that an import makes. What is not said is as it was in VMware.</summary>
[ValidationRule("!(has(self.network) && has(self.bridge))", Message = "name either network or bridge")]
public sealed record ImportedVirtualMachine
{
    /// <summary>Its name, in the import's namespace.</summary>
    [Required]
    [Length(1, 63)]
    [Pattern(Patterns.ObjectName)]
    public string Name { get; init; } = "";

    /// <summary>Virtual CPUs.</summary>
    [RangeMinimum(1)]
    [RangeMaximum(512)]
    public int? Vcpus { get; init; }

    /// <summary>Memory.</summary>
    public ResourceQuantity? Memory { get; init; }

    /// <summary>What starts it.</summary>
    public Firmware? Firmware { get; init; }

    /// <summary>The machine that QEMU makes.</summary>
    public MachineType? Machine { get; init; }

    /// <summary>The operating system by its name in libosinfo.</summary>
    [Length(1, 63)]
    [Pattern(Patterns.OperatingSystem)]
    public string? OperatingSystem { get; init; }

    /// <summary>Disks that should be something else than what is proposed.</summary>
    [Items(0, 64)]
    [XListMapKeys("slot")]
    public IReadOnlyList<ImportedDiskOverride> Disks { get; init; } = [];

    /// <summary>Network cards that should be something else than what is proposed.</summary>
    [Items(0, 32)]
    [XListMapKeys("index")]
    public IReadOnlyList<ImportedNetwork> Networks { get; init; } = [];

    /// <summary>The libvirt network of all its cards that say nothing else.</summary>
    [Length(1, 63)]
    [Pattern(Patterns.NetworkName)]
    public string? Network { get; init; }

    /// <summary>The bridge of all its cards that say nothing else.</summary>
    [Length(1, 15)]
    [Pattern(Patterns.InterfaceName)]
    public string? Bridge { get; init; }

    /// <summary>Whether its cards keep their addresses.</summary>
    [DefaultValue(true)]
    public bool KeepMacAddresses { get; init; } = true;
}
