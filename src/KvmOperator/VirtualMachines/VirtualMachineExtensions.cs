using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines;

internal static class VirtualMachineExtensions
{
    /// <summary>The domain that belongs to an object.</summary>
    public static DomainIdentity Identity(this VirtualMachine machine) => new(machine.Namespace(), machine.Name());
}
