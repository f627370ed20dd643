using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.KvmHosts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>A decision is written on the version on which it was made, once, or not at all.</summary>
public sealed class StatusWriterTests
{
    private readonly ObjectStore<KvmHost> store = new([]);
    private readonly List<JsonObject> bodies = [];
    private HttpStatusCode answer = HttpStatusCode.OK;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_changed_is_written_with_the_version_that_was_read_and_the_store_shows_it_at_once()
    {
        using var kubernetes = Connect();
        var host = Stored();

        Assert.True(await Writer(kubernetes).WriteIfUnchangedAsync(host, one => one.Status = one.Status! with { Phase = "Ready" }, Token));

        var body = Assert.Single(bodies);
        Assert.Equal("""{"metadata":{"resourceVersion":"7"},"status":{"phase":"Ready"}}""", body.ToJsonString());
        Assert.Null(host.Status!.Phase);
        Assert.Equal("Ready", store.Get(new EntityKey(null, "node1"))!.Status!.Phase);
    }

    [Fact]
    public async Task Nothing_is_sent_for_nothing()
    {
        using var kubernetes = Connect();

        Assert.False(await Writer(kubernetes).WriteIfUnchangedAsync(Stored(), _ => { }, Token));
        Assert.Empty(bodies);
    }

    [Fact]
    public async Task On_another_version_nothing_is_written_and_nothing_is_tried_again()
    {
        using var kubernetes = Connect();
        answer = HttpStatusCode.Conflict;

        var refused = await Assert.ThrowsAsync<ApiException>(() => Writer(kubernetes).WriteIfUnchangedAsync(Stored(), one => one.Status = one.Status! with { Phase = "Ready" }, Token));

        Assert.True(refused.IsConflict);
        Assert.Single(bodies);
        Assert.Null(store.Get(new EntityKey(null, "node1"))!.Status!.Phase);
    }

    private Kubernetes Connect() => new(new KubernetesClientConfiguration { Host = "http://api.invalid" }, new FakeApiServer((request, _) => Task.FromResult(Answer(request))));

    private HttpResponseMessage Answer(FakeApiRequest request)
    {
        bodies.Add(JsonNode.Parse(request.Body)!.AsObject());
        if (answer != HttpStatusCode.OK)
        {
            return FakeApiServer.Refused(answer);
        }

        var host = Host("8");
        host.Status = host.Status! with { Phase = "Ready" };
        return FakeApiServer.Json(KubernetesJson.Serialize(host));
    }

    private StatusWriter<KvmHost> Writer(Kubernetes kubernetes) => new(new EntityClient(kubernetes, new FakeTimeProvider()), store, new StatusBaselines(), new FakeTimeProvider());

    private KvmHost Stored()
    {
        var host = Host("7");
        store.Put(host, out _);
        return host;
    }

    private static KvmHost Host(string version)
    {
        var host = HostRig.Host();
        host.Metadata = new V1ObjectMeta { Name = "node1", Uid = "node1", ResourceVersion = version };
        host.Status = new KvmHostStatus();
        return host;
    }
}
