using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace KvmOperator.Inventory;

/// <summary>How many hosts, stores, guests and moves there are in each phase, for dashboards and alerts. Counted when somebody reads it.</summary>
internal sealed class ObjectMetrics(
    CollectorRegistry registry, IEntityStore<KvmHost> hosts, IEntityStore<NfsStore> stores, IEntityStore<VirtualMachine> guests, IEntityStore<VmMigration> moves) : IHostedService
{
    /// <summary>One that nobody has said anything of.</summary>
    private const string NoPhase = "Pending";

    private readonly Gauge objects = Metrics.WithCustomRegistry(registry).CreateGauge("kvm_operator_objects", "Objects by kind and phase", "kind", "phase");

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        registry.AddBeforeCollectCallback(Count);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Count()
    {
        Count("KvmHost", hosts.List().Select(host => host.Status?.Phase));
        Count("NfsStore", stores.List().Select(store => store.Status?.Phase));
        Count("VirtualMachine", guests.List().Select(guest => guest.Status?.Phase));
        Count("VmMigration", moves.List().Select(move => move.Status?.Phase?.ToString()));
    }

    private void Count(string kind, IEnumerable<string?> phases)
    {
        var counts = phases.CountBy(phase => phase ?? NoPhase, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

        // A phase in which nothing is any more is told as empty, and not as it was.
        foreach (var left in objects.GetAllLabelValues().Where(labels => labels[0] == kind && !counts.ContainsKey(labels[1])).ToList())
        {
            objects.WithLabels(left).Set(0);
        }

        foreach (var (phase, count) in counts)
        {
            objects.WithLabels(kind, phase).Set(count);
        }
    }
}
