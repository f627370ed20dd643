using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using Microsoft.Extensions.Logging;

namespace KvmOperator.NfsStores;

/// <summary>Lets a store go: refused while guests have disks there; otherwise unmounted everywhere, then no longer exported. The files stay.</summary>
internal sealed class NfsStoreFinalizer(
    MachineConnections connections,
    INfsServer server,
    INfsClient mounts,
    StoreServers servers,
    HostObservations observations,
    PoolViews pools,
    IEntityStore<NfsStore> stores,
    IEntityStore<VirtualMachine> virtualMachines,
    StatusWriter<NfsStore> writer,
    IEventRecorder events,
    TimeProvider clock,
    ILogger<NfsStoreFinalizer> logger) : IEntityFinalizer<NfsStore>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<NfsStore>> FinalizeAsync(NfsStore entity, CancellationToken cancellationToken)
    {
        if (entity.IsPaused())
        {
            return PausedDeletion.Wait(entity, events);
        }

        var users = virtualMachines.List()
            .Where(machine => machine.Spec.Disks.Any(disk => disk.StoreRef.Name == entity.Name()))
            .Select(machine => $"{machine.Namespace()}/{machine.Name()}")
            .Order(StringComparer.Ordinal)
            .ToList();
        if (users.Count > 0)
        {
            return await RefuseAsync(entity, NfsStoreReasons.InUse, $"guests have disks there: {string.Join(", ", users)}. Delete them first.", cancellationToken);
        }

        if (virtualMachines.Undecodable.Where(machine => virtualMachines.Get(machine.Key) is null).Select(machine => machine.Key.ToString()).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } unreadable)
        {
            return await RefuseAsync(
                entity,
                NfsStoreReasons.InUse,
                $"{string.Join(", ", unreadable)} cannot be read by this version of the operator, and may have disks there. Run the version that wrote them, or correct them.",
                cancellationToken);
        }

        try
        {
            // What another store has mounted at the path is not this one's.
            var mounted = StorePaths.RivalOf(entity, stores.List()) is null ? pools.Of(entity.Spec.Pool).Workable : [];

            // A host that does not answer unmounts when it is back: no object asks for this store then.
            foreach (var host in mounted.Where(host => observations.Find(host.Name()) is not null))
            {
                // No guest has a disk there, so a mount whose server is gone may be detached.
                await mounts.LeaveAsync(await connections.ShellAsync(host, cancellationToken), entity.Spec.MountPath, cancellationToken);
            }

            await WithdrawAsync(entity, cancellationToken);
        }
        catch (PrivilegeRefusedException) when (!entity.Status.IsTrue(NfsStoreConditions.Exported))
        {
            // It was never exported, and could not be.
        }
        catch (Exception exception) when (exception is HostException or CredentialsMissingException)
        {
            return await RefuseAsync(
                entity,
                CommonReasons.StepFailed,
                $"it cannot be unmounted and withdrawn yet: {exception.Message} If its server is gone for good, say so: kubectl annotate nfsstore {entity.Name()} {Annotations.ConfirmPoweredOff}={entity.Name()}",
                cancellationToken);
        }

        // Who listens would connect again.
        await servers.EndAsync(entity);
        await connections.ForgetAsync(entity);
        return ReconciliationResult<NfsStore>.Success(entity);
    }

    /// <summary>Takes the export back. A server that does not answer is passed by when a person says that it is gone.</summary>
    private async Task WithdrawAsync(NfsStore store, CancellationToken cancellationToken)
    {
        if (store.Spec.Server.Ssh is null || store.Status?.Ssh?.HostKey is null)
        {
            return;
        }

        try
        {
            await server.RemoveAsync(await connections.ShellAsync(store, cancellationToken), store.Name(), cancellationToken);
        }
        catch (HostUnreachableException exception) when (!exception.IsAlive && store.GetAnnotation(Annotations.ConfirmPoweredOff) == store.Name())
        {
            logger.LogWarning("{Store} goes without its export being withdrawn, since a person confirmed that its server is gone: {Message}", store.Name(), exception.Message);
        }
    }

    private async Task<ReconciliationResult<NfsStore>> RefuseAsync(NfsStore store, string reason, string message, CancellationToken cancellationToken)
    {
        var status = store.Status ?? new NfsStoreStatus();
        var conditions = new ConditionList(status.Conditions, NfsStoreConditions.All, store.Metadata.Generation, clock);
        conditions.False(CommonConditions.Ready, reason, message);
        store.Status = status with { Conditions = conditions.ToList() };
        if (await writer.WriteAsync(store, cancellationToken))
        {
            events.Publish(store, reason, message, EventType.Warning);
        }

        return ReconciliationResult<NfsStore>.Success(store, LookAgain);
    }
}
