using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Xunit;

namespace KvmOperator.ApiTests.Cluster;

/// <summary>Each fault of the control plane is seen to have its effect, and to be over when it is taken back.</summary>
public sealed class ControlPlaneFaultTests(ClusterFixture cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stopped_server_refuses_connections_and_knows_everything_after_its_start()
    {
        var plane = cluster.ControlPlane;
        var name = await CreateConfigMapAsync();

        await plane.StopAsync(Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => cluster.Client.CoreV1.ReadNamespacedConfigMapAsync(name, "default", cancellationToken: Token));
        await plane.StartAgainAsync(Token);

        Assert.Equal(name, (await cluster.Client.CoreV1.ReadNamespacedConfigMapAsync(name, "default", cancellationToken: Token)).Name());
    }

    [Fact]
    public async Task A_frozen_server_answers_nothing_until_it_is_thawed()
    {
        var plane = cluster.ControlPlane;
        var name = await CreateConfigMapAsync();

        await plane.FreezeAsync(Token);
        var answer = cluster.Client.CoreV1.ReadNamespacedConfigMapAsync(name, "default", cancellationToken: Token);
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System, Token));
        await plane.ThawAsync(Token);

        Assert.Equal(name, (await answer.WaitAsync(Patience.For(TimeSpan.FromSeconds(30)), TimeProvider.System, Token)).Name());
    }

    [Fact]
    public async Task A_restart_breaks_watches_that_are_under_way()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster.ApiServer, "/api/v1/configmaps?watch=true&timeoutSeconds=300"));
        await cluster.Client.Credentials.ProcessHttpRequestAsync(request, Token);
        using var stream = await cluster.Client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);

        await cluster.ControlPlane.RestartAsync(Token);

        await Assert.ThrowsAnyAsync<IOException>(async () => await ReadToEndAsync(stream));
    }

    [Fact]
    public async Task After_a_compaction_an_old_resource_version_is_gone()
    {
        var old = (await cluster.Client.CoreV1.ListNamespacedConfigMapAsync("default", cancellationToken: Token)).ResourceVersion();
        var name = await CreateConfigMapAsync();
        await cluster.Client.CoreV1.DeleteNamespacedConfigMapAsync(name, "default", cancellationToken: Token);

        await cluster.ControlPlane.CompactAsync(Token);

        using var watch = await cluster.SendAsync(
            HttpMethod.Get, $"/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=5&resourceVersion={old}", null, Token);
        var text = await watch.Content.ReadAsStringAsync(Token);
        var status = watch.StatusCode == HttpStatusCode.OK ? JsonNode.Parse(text)!["object"] : JsonNode.Parse(text);
        Assert.Equal((int)HttpStatusCode.Gone, (int?)status!["code"]);
    }

    private static async Task ReadToEndAsync(HttpResponseMessage stream)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience.For(TimeSpan.FromSeconds(30)));
        await using var body = await stream.Content.ReadAsStreamAsync(deadline.Token);
        await body.CopyToAsync(Stream.Null, deadline.Token);
    }

    private async Task<string> CreateConfigMapAsync()
    {
        var map = new V1ConfigMap { Metadata = new V1ObjectMeta { GenerateName = "fault-" } };
        return (await cluster.Client.CoreV1.CreateNamespacedConfigMapAsync(map, "default", cancellationToken: Token)).Name();
    }
}
