using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VmMigrations;

/// <inheritdoc cref="IMigrationHosts"/>
internal sealed class MigrationHosts(
    MachineConnections connections, HostObservations observations, IDomains domains, EntityClient client, IEntityStore<KvmHost> hosts, IEntityStore<VirtualMachine> machines)
    : IMigrationHosts
{
    /// <inheritdoc/>
    public DomainIdentity Identity(VmMigration move)
    {
        var guest = new EntityKey(move.Namespace(), move.Spec.VirtualMachineRef.Name);
        return machines.Get(guest)?.Identity() ?? new DomainIdentity(guest.Namespace!, guest.Name);
    }

    /// <inheritdoc/>
    public async Task<bool> IsGoneAsync(string name, CancellationToken cancellationToken)
    {
        var key = new EntityKey(null, name);
        return hosts.Get(key) is null && await client.GetAsync<KvmHost>(key, cancellationToken) is null;
    }

    /// <inheritdoc/>
    public async Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken) =>
        await connections.ShellAsync(
            hosts.Get(new EntityKey(null, name)) ?? throw new MachineUnavailableException($"there is no KvmHost {name} any more: apply it again, so that it can be asked"), cancellationToken);

    /// <inheritdoc/>
    public string Address(string name) => hosts.Get(new EntityKey(null, name)) is { } host ? PoolPeers.Addresses(host.Spec)[0] : name;

    /// <inheritdoc/>
    public async Task<DomainObservation?> LookAsync(string name, DomainIdentity identity, CancellationToken cancellationToken)
    {
        var seen = await observations.LookAsync(name, await ShellAsync(name, cancellationToken), null, cancellationToken);
        return seen.LibvirtAnswers ? seen.Find(identity) : throw new MachineUnavailableException($"libvirt on {name} does not answer");
    }

    /// <inheritdoc/>
    public async Task RememberAsync(string name, DomainIdentity identity, MoveMark move, CancellationToken cancellationToken) =>
        await domains.RememberMoveAsync(await ShellAsync(name, cancellationToken), identity, move, cancellationToken);

    /// <inheritdoc/>
    public async Task<DomainState?> StateAsync(IHostShell host, DomainIdentity identity, CancellationToken cancellationToken)
    {
        try
        {
            return await domains.ReadStateAsync(host, identity, cancellationToken);
        }
        catch (DomainNotOwnedException)
        {
            return null;
        }
    }
}
