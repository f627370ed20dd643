using System.Diagnostics;
using System.Globalization;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>A replica of an operator as a process of its own.</summary>
internal sealed class ReplicaProcess : IAsyncDisposable
{
    private readonly Process process;

    private ReplicaProcess(Process process) => this.process = process;

    public bool HasExited => process.HasExited;

    public static ReplicaProcess Start(string identity, string kubeconfig, Uri server, string ofNamespace, string log, LeaseTimes times, TimeSpan pass)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "KvmOperator.ApiTests.Replica.dll");
        var start = new ProcessStartInfo("dotnet", [program])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["REPLICA_IDENTITY"] = identity,
                ["REPLICA_KUBECONFIG"] = kubeconfig,
                ["REPLICA_SERVER"] = server.ToString().TrimEnd('/'),
                ["REPLICA_NAMESPACE"] = ofNamespace,
                ["REPLICA_LOG"] = log,
                ["REPLICA_LEASE"] = Seconds(times.Lease),
                ["REPLICA_DEADLINE"] = Seconds(times.Deadline),
                ["REPLICA_RETRY"] = Seconds(times.Retry),
                ["REPLICA_PASS"] = Seconds(pass),
            },
        };
        return Launch(identity, start);
    }

    /// <summary>The product's own program, which is built in the same way.</summary>
    public static ReplicaProcess StartProduct(string kubeconfig, string ofNamespace, int monitoringPort = 0) => Launch("product", new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "KvmOperator.dll")])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        Environment =
        {
            ["KUBECONFIG"] = kubeconfig,
            ["KVM_OPERATOR_NAMESPACE"] = ofNamespace,
            ["KVM_OPERATOR_MONITORING_PORT"] = monitoringPort.ToString(CultureInfo.InvariantCulture),
        },
    });

    /// <summary>As a power cut would.</summary>
    public void Kill() => process.Kill();

    /// <summary>As Kubernetes does first.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end; a slow machine is waited for longer.</summary>
    public async Task<int> ExitCodeAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience.For(within), TimeProvider.System, cancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static ReplicaProcess Launch(string identity, ProcessStartInfo start)
    {
        var started = new Process { StartInfo = start };
        started.OutputDataReceived += (_, line) => TestContextOutput(identity, line.Data);
        started.Start();
        started.BeginOutputReadLine();
        return new ReplicaProcess(started);
    }

    private static void TestContextOutput(string identity, string? line)
    {
        if (line is not null)
        {
            Xunit.TestContext.Current.TestOutputHelper?.WriteLine($"{identity}: {line}");
        }
    }

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString(CultureInfo.InvariantCulture);
}
