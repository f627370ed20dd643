using System.Net;
using System.Net.Sockets;
using k8s;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.LeaderElection;
using KvmOperator.Runtime.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class MonitoringServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Probes_reach_it_over_both_families()
    {
        await using var services = Services();
        await using var monitoring = services.GetRequiredService<MonitoringService>();
        await monitoring.StartAsync(Token);

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(monitoring, "127.0.0.1")).Status);
        if (Socket.OSSupportsIPv6)
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(monitoring, "[::1]")).Status);
        }
    }

    [Fact]
    public async Task It_is_not_alive_when_a_part_is_stuck_and_says_which()
    {
        await using var services = Services(new StuckPart());
        await using var monitoring = services.GetRequiredService<MonitoringService>();
        await monitoring.StartAsync(Token);

        var (status, text) = await AskAsync(monitoring, "127.0.0.1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("[-]progress watching Widget is stuck", text, StringComparison.Ordinal);
    }

    private static ServiceProvider Services(params ILiveness[] parts)
    {
        var services = new ServiceCollection();
        services.AddKubernetesOperator(settings =>
        {
            settings.Client = new KubernetesClientConfiguration { Host = "http://api.invalid" };
            settings.LeaderElectionType = LeaderElectionType.None;
            settings.MonitoringPort = 0;
        });
        foreach (var part in parts)
        {
            services.AddSingleton(part);
        }

        return services.BuildServiceProvider();
    }

    private static async Task<(HttpStatusCode Status, string Text)> AskAsync(MonitoringService monitoring, string host)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler);
        using var answer = await client.GetAsync(new Uri($"http://{host}:{monitoring.Address!.Port}/livez"), Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    private sealed class StuckPart : ILiveness
    {
        public string? Stuck => "watching Widget is stuck";
    }
}
