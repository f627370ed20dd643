using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines;

internal static class VirtualMachineExtensions
{
    /// <summary>The domain that belongs to an object. One that was adopted is known by its UUID, also when the annotation is gone later.</summary>
    public static DomainIdentity Identity(this VirtualMachine machine)
    {
        var own = new DomainIdentity(machine.Namespace(), machine.Name());
        var known = machine.GetAnnotation(Annotations.AdoptDomain) ?? machine.Status?.DomainUuid;
        return Guid.TryParse(known, out var uuid) && uuid != own.Uuid ? new DomainIdentity(own.Namespace, own.Name, uuid) : own;
    }
}
