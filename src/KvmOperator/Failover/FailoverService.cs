using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.Hosting;

namespace KvmOperator.Failover;

/// <summary>Looks after the failures of hosts while this process leads and knows all objects.</summary>
internal sealed class FailoverService(
    FailoverLoop loop, IEntityStore<KvmHost> hosts, IEntityStore<NfsStore> stores, IEntityStore<VirtualMachine> guests, IEntityStore<VmMigration> moves, IEntityStore<V1ConfigMap> maps, ILeadership leadership, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Rhythm = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await leadership.WaitAsync(stoppingToken);
            while (!(hosts.HasSynced && stores.HasSynced && guests.HasSynced && moves.HasSynced && maps.HasSynced))
            {
                await Task.Delay(Rhythm, clock, stoppingToken);
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
            await loop.RunAsync(over.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop before there was anything to do.
        }
    }
}
