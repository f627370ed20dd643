using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.VirtualMachines;

namespace KvmOperator.VmMigrations;

/// <summary>Asks both ends of a move.</summary>
internal sealed class MigrationHosts(MachineConnections connections, HostObservations observations, IEntityStore<KvmHost> hosts, IEntityStore<VirtualMachine> machines)
{
    /// <summary>The domain that a move is about.</summary>
    public DomainIdentity Identity(VmMigration move)
    {
        var guest = new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name);
        return machines.Get(guest)?.Identity() ?? new DomainIdentity(guest.Namespace!, guest.Name);
    }

    /// <summary>The shell of a host.</summary>
    /// <exception cref="MachineUnavailableException">There is no such host any more, or no credentials for it.</exception>
    public async Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken) =>
        await connections.ShellAsync(
            hosts.Get(new EntityKey(null, name)) ?? throw new MachineUnavailableException($"there is no KvmHost {name} any more: apply it again, so that it can be asked"), cancellationToken);

    /// <summary>The address to which guests are sent.</summary>
    public string Address(string name) => hosts.Get(new EntityKey(null, name)) is { } host ? host.Spec.MigrationAddress ?? host.Spec.Address : name;

    /// <summary>Looks at a host at this moment. Everybody else sees what was seen.</summary>
    /// <returns>The guest's domain there; null when it has none.</returns>
    /// <exception cref="MachineUnavailableException">libvirt there does not answer.</exception>
    public async Task<DomainObservation?> LookAsync(string name, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var seen = await observations.LookAsync(name, await ShellAsync(name, cancellationToken), null, cancellationToken);
        return seen.LibvirtAnswers ? seen.Find(identity) : throw new MachineUnavailableException($"libvirt on {name} does not answer");
    }
}
