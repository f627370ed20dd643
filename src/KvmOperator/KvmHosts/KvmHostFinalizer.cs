using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts;

/// <summary>Lets a host go: refused while guests run there; otherwise only what the operator added is taken away.</summary>
internal sealed class KvmHostFinalizer(
    MachineConnections connections,
    IHostPreparation preparation,
    IHostObserver observer,
    IHostShells shells,
    StatusWriter<KvmHost> writer,
    IEventRecorder events,
    TimeProvider clock) : IEntityFinalizer<KvmHost>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<ReconciliationResult<KvmHost>> FinalizeAsync(KvmHost entity, CancellationToken cancellationToken)
    {
        // A host that was never reached was never touched.
        if (entity.Status?.Ssh?.HostKey is null)
        {
            return ReconciliationResult<KvmHost>.Success(entity);
        }

        var shell = await connections.ShellAsync(entity, cancellationToken);
        var seen = await observer.ObserveAsync(shell, [], cancellationToken);
        var guests = seen.Domains.Where(domain => domain is { IsActive: true, Owner: not null }).Select(domain => domain.Name).Order(StringComparer.Ordinal).ToList();
        if (guests.Count > 0)
        {
            var message = $"guests run there: {string.Join(", ", guests)}. Move them away first (spec.mode: Maintenance), or delete them.";
            var conditions = new ConditionList(entity.Status.Conditions, KvmHostConditions.All, entity.Metadata.Generation, clock);
            conditions.False(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning, message);
            entity.Status = entity.Status with { Conditions = conditions.ToList() };
            if (await writer.WriteAsync(entity, cancellationToken))
            {
                events.Publish(entity, KvmHostReasons.GuestsRunning, message, EventType.Warning);
            }

            return ReconciliationResult<KvmHost>.Success(entity, LookAgain);
        }

        await preparation.RemoveAsync(shell, cancellationToken);
        await shells.ForgetAsync(entity.Name());
        return ReconciliationResult<KvmHost>.Success(entity);
    }
}
