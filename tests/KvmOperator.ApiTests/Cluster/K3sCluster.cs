using System.Net.Sockets;
using Testcontainers.K3s;

namespace KvmOperator.ApiTests.Cluster;

/// <summary>K3s in a container.</summary>
internal sealed class K3sCluster : ITestCluster
{
    private const string Image = "rancher/k3s:v1.34.1-k3s1";
    private const string EngineSocket = "/var/run/docker.sock";
    private readonly K3sContainer container;

    private K3sCluster(K3sContainer container, string kubeconfig)
    {
        this.container = container;
        Kubeconfig = kubeconfig;
    }

    public string Kubeconfig { get; }

    /// <summary>Starts K3s; null where no Docker engine answers.</summary>
    public static async Task<K3sCluster?> TryStartAsync(CancellationToken cancellationToken)
    {
        if (!await EngineAnswersAsync(cancellationToken))
        {
            return null;
        }

        var k3s = new K3sBuilder(Image).Build();
        await k3s.StartAsync(cancellationToken);
        var kubeconfig = Path.Combine(Directory.CreateTempSubdirectory("kvm-operator-k3s-").FullName, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, await k3s.GetKubeconfigAsync(), cancellationToken);
        return new K3sCluster(k3s, kubeconfig);
    }

    public async ValueTask DisposeAsync()
    {
        await container.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Kubeconfig)!, recursive: true);
    }

    private static async Task<bool> EngineAnswersAsync(CancellationToken cancellationToken)
    {
        // A remote engine is one that somebody chose: a failure to start is then an error, not a reason to look elsewhere.
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DOCKER_HOST")))
        {
            return true;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(EngineSocket), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
