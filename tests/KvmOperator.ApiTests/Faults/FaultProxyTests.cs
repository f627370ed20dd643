using System.Diagnostics;
using System.Net;
using k8s;
using KvmOperator.ApiTests.Cluster;
using Xunit;

namespace KvmOperator.ApiTests.Faults;

/// <summary>The proxy passes everything on, and each of its faults has its effect.</summary>
public sealed class FaultProxyTests(ClusterFixture cluster) : IAsyncLifetime
{
    private FaultProxy proxy = null!;
    private Kubernetes client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        proxy = await FaultProxy.StartAsync(cluster.Configuration(), Token);
        client = new Kubernetes(cluster.Configuration(proxy.Address));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await proxy.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_fault_it_passes_on_and_counts()
    {
        var namespaces = await client.CoreV1.ListNamespaceAsync(cancellationToken: Token);

        Assert.Contains(namespaces.Items, item => item.Metadata.Name == "default");
        var request = Assert.Single(proxy.Requests);
        Assert.Equal(("GET", "/api/v1/namespaces", false), (request.Method, request.Path, request.IsWrite));
    }

    [Fact]
    public async Task A_dropped_watch_breaks_in_the_middle_and_can_be_opened_again()
    {
        using (var watch = await OpenWatchAsync())
        {
            Assert.Equal(1, proxy.DropWatches());
            await Assert.ThrowsAsync<HttpRequestException>(async () => await watch.Content.ReadAsStringAsync(Token).WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Token));
        }

        using var next = await OpenWatchAsync();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_delay_holds_back_only_what_matches()
    {
        var delay = TimeSpan.FromSeconds(1);
        proxy.Delay(request => request.Path.StartsWithSegments("/api/v1/nodes", StringComparison.Ordinal), delay);

        var started = Stopwatch.GetTimestamp();
        await client.CoreV1.ListNodeAsync(cancellationToken: Token);

        Assert.True(Stopwatch.GetElapsedTime(started) >= delay - TimeSpan.FromMilliseconds(50));
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_status_is_answered_as_often_as_asked_for(HttpStatusCode status)
    {
        proxy.Answer(_ => true, status, times: 1, retryAfter: TimeSpan.FromSeconds(3));

        using var refused = await SendAsync("/api/v1/namespaces");
        using var passed = await SendAsync("/api/v1/namespaces");

        Assert.Equal(status, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
    }

    [Fact]
    public async Task An_outage_refuses_everything_and_breaks_what_is_under_way_until_healed()
    {
        using var watch = await OpenWatchAsync();

        proxy.Outage();
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("/api/v1/namespaces"));
        await Assert.ThrowsAsync<HttpRequestException>(async () => await watch.Content.ReadAsStringAsync(Token).WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Token));
        proxy.Heal();

        using var healed = await SendAsync("/api/v1/namespaces");
        Assert.Equal(HttpStatusCode.OK, healed.StatusCode);
    }

    private async Task<HttpResponseMessage> OpenWatchAsync()
    {
        var watch = await SendAsync("/api/v1/namespaces?watch=true&timeoutSeconds=60");
        await Eventually.IsTrueAsync(() => proxy.OpenWatches == 1, "one open watch", TimeSpan.FromSeconds(5), Token);
        return watch;
    }

    private async Task<HttpResponseMessage> SendAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Address, path));
        await client.Credentials.ProcessHttpRequestAsync(request, Token);
        return await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
