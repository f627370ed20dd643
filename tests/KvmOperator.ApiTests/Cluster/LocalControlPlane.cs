using System.Diagnostics;

namespace KvmOperator.ApiTests.Cluster;

/// <summary>etcd, kube-apiserver and the current CRD server as processes of this machine, which tests may also break.</summary>
public sealed class LocalControlPlane : ITestCluster
{
    private static readonly string Script = Path.Combine(Repository.Root, "tests", "lab", "control-plane", "control-plane");
    private readonly DirectoryInfo state;

    private LocalControlPlane(DirectoryInfo state) => this.state = state;

    /// <inheritdoc/>
    public string Kubeconfig => Path.Combine(state.FullName, "kubeconfig");

    /// <summary>The own address of the CRD server; null where it could not be built.</summary>
    public Uri? CrdServer { get; private set; }

    internal static async Task<LocalControlPlane> StartAsync(CancellationToken cancellationToken)
    {
        var plane = new LocalControlPlane(Directory.CreateTempSubdirectory("kvm-operator-tests-"));
        try
        {
            await plane.RunAsync(["up"], cancellationToken);
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }

        var crdServer = (await File.ReadAllLinesAsync(Path.Combine(plane.state.FullName, "env"), cancellationToken))
            .Where(line => line.StartsWith("CRD_SERVER=", StringComparison.Ordinal))
            .Select(line => line["CRD_SERVER=".Length..])
            .FirstOrDefault(address => address.Length > 0);
        plane.CrdServer = crdServer is null ? null : new Uri(crdServer);
        return plane;
    }

    /// <summary>Kills the API servers as a crash would; etcd stays.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => RunAsync(["stop"], cancellationToken);

    /// <summary>Starts what does not run, and waits until it answers.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken) => RunAsync(["start"], cancellationToken);

    /// <summary>Kills the API servers, starts them again and waits until they answer.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => RunAsync(["restart"], cancellationToken);

    /// <summary>The API servers accept connections, and answer nothing.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken) => RunAsync(["freeze"], cancellationToken);

    /// <summary>Lets frozen servers go on.</summary>
    public Task ThawAsync(CancellationToken cancellationToken) => RunAsync(["thaw"], cancellationToken);

    /// <summary>Forgets etcd's history and restarts the API servers: an old resourceVersion is answered with 410 Gone.</summary>
    public Task CompactAsync(CancellationToken cancellationToken) => RunAsync(["compact"], cancellationToken);

    /// <summary>What the API server wrote down since the control plane was begun.</summary>
    public Task<string> LogAsync(CancellationToken cancellationToken) => File.ReadAllTextAsync(Path.Combine(state.FullName, "kube-apiserver.log"), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunAsync(["down"], CancellationToken.None);
        if (state.Exists)
        {
            state.Delete(recursive: true);
        }
    }

    internal async Task InstallAsync(string definition, CancellationToken cancellationToken)
    {
        var file = Path.Combine(state.FullName, Path.GetRandomFileName() + ".yaml");
        await File.WriteAllTextAsync(file, definition, cancellationToken);
        await RunAsync(["crds", file], cancellationToken);
        File.Delete(file);
    }

    private async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        // Not redirected through pipes: the servers inherit them, and a reader would wait for the servers' end.
        var log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string[] all = ["-c", "exec \"$0\" \"$@\" >\"$CONTROL_PLANE_LOG\" 2>&1 </dev/null", Script, .. arguments, "--state", state.FullName];
        using var process = new Process { StartInfo = new ProcessStartInfo("bash", all) { Environment = { ["CONTROL_PLANE_LOG"] = log } } };
        process.Start();
        await process.WaitForExitAsync(cancellationToken);
        var said = await File.ReadAllTextAsync(log, cancellationToken);
        File.Delete(log);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"control-plane {string.Join(' ', arguments)} ended with {process.ExitCode}: {said}");
        }
    }
}
