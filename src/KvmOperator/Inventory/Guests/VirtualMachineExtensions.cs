using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory.Guests;

internal static class VirtualMachineExtensions
{
    /// <summary>The domain that belongs to an object. One that was adopted is known by its UUID, also when the annotation is gone later.</summary>
    public static DomainIdentity Identity(this VirtualMachine machine)
    {
        var own = new DomainIdentity(machine.Namespace(), machine.Name());
        var known = machine.GetAnnotation(Annotations.AdoptDomain) ?? machine.Status?.DomainUuid;
        return Guid.TryParse(known, out var uuid) && uuid != own.Uuid ? new DomainIdentity(own.Namespace, own.Name, uuid) : own;
    }

    /// <summary>The network cards of a guest: one on libvirt's default network when the spec names none.</summary>
    public static IReadOnlyList<VirtualMachineNetwork> Cards(this VirtualMachineSpec spec) =>
        spec.Networks.Count > 0 ? spec.Networks : [new VirtualMachineNetwork { Network = "default" }];

    /// <summary>Whether the guest is off because it may not be started where it lives. It holds no room there, and it does not wait for its own start.</summary>
    public static bool IsRefusedAtHome(this VirtualMachine machine) => machine.Status?.Conditions.Any(
        condition => condition is { Type: VirtualMachineConditions.Running, Status: "False", Reason: VirtualMachineReasons.NoHostFits }) == true;
}
