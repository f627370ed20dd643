using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;
using KvmOperator.VirtualMachines.Disks;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>Says what a guest's domain should be. Pure.</summary>
internal static class GuestDefinitions
{
    private const long MebiByte = 1024 * 1024;

    /// <summary>Processors can be added to a running guest up to so many times what it began with.</summary>
    private const int VcpuHeadroom = 4;

    /// <summary>The most that every machine type takes without an IOMMU.</summary>
    private const int MostVcpus = 255;

    /// <summary>The definition of a guest whose spec was found valid.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="stores">The stores of its disks, by name.</param>
    /// <param name="cpuXml">The processor model of its pool; null for the host's own.</param>
    public static GuestDefinition For(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, string? cpuXml)
    {
        var spec = machine.Spec;
        var identity = machine.Identity();
        var memory = Quantities.Bytes(spec.Memory)!.Value / MebiByte * MebiByte;
        return new GuestDefinition(identity, spec.Vcpus, memory, GuestDisks.Definitions(machine, stores), Interfaces(machine))
        {
            MaximumVcpus = Math.Max(spec.Vcpus, Math.Min(MostVcpus, spec.Vcpus * VcpuHeadroom)),
            MaximumMemoryBytes = memory,
            Firmware = spec.Firmware == Firmware.Uefi ? GuestFirmware.Uefi : GuestFirmware.Bios,
            Machine = spec.Machine switch
            {
                MachineType.I440fx => "pc",
                MachineType.Q35 => "q35",
                _ => null,
            },
            OperatingSystem = spec.OperatingSystem,
            CpuXml = cpuXml,
            FirmwareVariables = KeptFiles.FirmwareVariables(GuestDisks.Folder(identity, stores[spec.Disks[0].StoreRef.Name])),
            CloudInitImage = spec.CloudInit is null ? null : GuestDisks.CloudInitPath(identity, stores[spec.Disks[0].StoreRef.Name]),
        };
    }

    private static IReadOnlyList<GuestInterface> Interfaces(VirtualMachine machine)
    {
        var spec = machine.Spec;
        var boots = spec.Boot is null ? null : GuestDisks.BootOrder(spec, "network");
        return
        [
            .. spec.Cards().Zip(GuestMacAddresses.Of(machine)).Select((card, index) => new GuestInterface(card.First.Network, card.First.Bridge, card.Second)
            {
                BootOrder = index == 0 ? boots : null,
                Model = card.First.Model?.ToString().ToLowerInvariant(),
            }),
        ];
    }
}
