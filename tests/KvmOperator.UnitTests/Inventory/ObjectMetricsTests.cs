using System.Text;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Prometheus;
using Xunit;

namespace KvmOperator.UnitTests.Inventory;

/// <summary>What dashboards see of the product's own objects.</summary>
public sealed class ObjectMetricsTests
{
    private readonly CollectorRegistry registry = Metrics.NewCustomRegistry();
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly ObjectStore<VirtualMachine> guests = Given.Stored();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_are_counted_by_phase_when_somebody_reads_and_a_phase_that_is_left_is_empty()
    {
        await new ObjectMetrics(registry, hosts, new ObjectStore<NfsStore>([]), guests, new ObjectStore<VmMigration>([])).StartAsync(Token);
        hosts.Put(HostRig.Host(), out _);
        guests.Put(Guest("one", "Running"), out _);
        guests.Put(Guest("two", "Running"), out _);

        var page = await ReadAsync();
        Assert.Contains("""kvm_operator_objects{kind="KvmHost",phase="Pending"} 1""", page, StringComparison.Ordinal);
        Assert.Contains("""kvm_operator_objects{kind="VirtualMachine",phase="Running"} 2""", page, StringComparison.Ordinal);

        guests.Remove(new EntityKey("default", "one"));
        guests.Remove(new EntityKey("default", "two"));
        Assert.Contains("""kvm_operator_objects{kind="VirtualMachine",phase="Running"} 0""", await ReadAsync(), StringComparison.Ordinal);
    }

    private static VirtualMachine Guest(string name, string phase) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name }, Spec = Given.Spec(), Status = new VirtualMachineStatus { Phase = phase },
    };

    private async Task<string> ReadAsync()
    {
        using var page = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(page, Token);
        return Encoding.UTF8.GetString(page.ToArray());
    }
}
