using System.Diagnostics;
using System.Text.Json.Nodes;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using Xunit;

namespace KvmOperator.HostTests.Operator;

/// <summary>Watches what is said of the pool's machines from its beginning on: was anybody ever said not to be reachable?</summary>
internal sealed class Reachability : IAsyncDisposable
{
    private static readonly string[] Hosts = ["node1", "node2"];

    private readonly LabCluster cluster;
    private readonly IReadOnlyList<(string Name, StatusWatch Watch)> watches;

    private Reachability(LabCluster cluster, IReadOnlyList<(string Name, StatusWatch Watch)> watches)
    {
        this.cluster = cluster;
        this.watches = watches;
    }

    public static Reachability Begin(LabCluster cluster)
    {
        var clock = Stopwatch.StartNew();
        return new Reachability(
            cluster,
            [
                .. Hosts.Select(host => (host, StatusWatch.Begin(cluster.Kubeconfig, "kvmhost", host, clock))),
                (PoolManifests.Store, StatusWatch.Begin(cluster.Kubeconfig, "nfsstore", PoolManifests.Store, clock)),
            ]);
    }

    /// <summary>Fails when a machine was called unreachable, in a condition that was written or by an event, however short.</summary>
    public async Task WasNeverLostAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, watch) in watches)
        {
            Assert.NotEmpty(watch.Writes);
            foreach (var (status, time) in watch.Writes)
            {
                var lost = Lost(status);
                Assert.True(lost is null, $"{name} was called unreachable {time.TotalSeconds:0} s after the beginning: {lost}");
            }

            var reasons = await cluster.EventReasonsAsync(name, cancellationToken);
            Assert.DoesNotContain(KvmHostReasons.Unreachable, reasons);
            Assert.DoesNotContain(NfsStoreReasons.ServerUnreachable, reasons);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, watch) in watches)
        {
            await watch.DisposeAsync();
        }
    }

    /// <summary>A condition that says so; null when there is none. A host that nobody has connected to yet is not known, which is something else.</summary>
    private static JsonNode? Lost(JsonNode status) => status["conditions"]?.AsArray().FirstOrDefault(condition =>
        ((string?)condition!["type"] == KvmHostConditions.Reachable && (string?)condition["status"] == "False")
        || (string?)condition["reason"] is KvmHostReasons.Unreachable or NfsStoreReasons.ServerUnreachable);
}
