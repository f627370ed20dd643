using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory.Guests;

namespace KvmOperator.VirtualMachines;

/// <summary>The command by which a person reaches a guest's console. Pure.</summary>
internal static class ConsoleCommand
{
    /// <summary>Guests belong to the host's own system libvirt: without root virsh would ask the user's, and a profile may name any other.</summary>
    public static string For(VirtualMachine machine, KvmHost host)
    {
        var ssh = host.Spec.Ssh;
        var virsh = string.Equals(ssh.User, "root", StringComparison.Ordinal) ? "virsh" : "sudo virsh";
        return $"ssh -t -p {ssh.Port} {ssh.User}@{ssh.Host ?? host.Spec.Address} {virsh} -c qemu:///system console {machine.Identity().Reference}";
    }
}
