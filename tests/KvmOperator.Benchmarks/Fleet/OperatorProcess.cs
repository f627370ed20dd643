using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>The operator as a process of its own, with the product's runtime settings, so that the kernel tells what it alone takes.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Process process;
    private readonly StreamWriter log;

    private OperatorProcess(Process process, StreamWriter log)
    {
        (this.process, this.log) = (process, log);
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Its memory, in MiB.</summary>
    public double ResidentMebibytes => StatusKibibytes("VmRSS:") / 1024;

    /// <summary>The most that its memory was, in MiB.</summary>
    public double PeakMebibytes => StatusKibibytes("VmHWM:") / 1024;

    /// <summary>Its threads.</summary>
    public int Threads => (int)StatusKibibytes("Threads:");

    public bool HasEnded => process.HasExited;

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it. Its environment is this process's, so that its switches can be tried there.</summary>
    public static OperatorProcess Start(string kubeconfig, string socket, string logFile)
    {
        var folder = AppContext.BaseDirectory;
        var start = new ProcessStartInfo("dotnet",
        [
            "exec",
            "--runtimeconfig", Path.Combine(folder, "KvmOperator.runtimeconfig.json"),
            "--depsfile", Path.Combine(folder, "KvmOperator.Benchmarks.deps.json"),
            Path.Combine(folder, "KvmOperator.Benchmarks.dll"),
            "fleet-operator",
            socket,
        ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // As docs/operator.md wants it, unless others are tried.
        start.Environment.TryAdd("MALLOC_ARENA_MAX", "2");
        start.Environment.TryAdd("DOTNET_GCgen0size", "400000");
        start.Environment["KUBECONFIG"] = kubeconfig;
        start.Environment["KVM_OPERATOR_NAMESPACE"] = FleetObjects.OperatorNamespace;
        start.Environment["KVM_OPERATOR_MONITORING_PORT"] = FreePort().ToString(CultureInfo.InvariantCulture);
        return new OperatorProcess(Process.Start(start)!, new StreamWriter(logFile, append: true));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var asking = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await asking.WaitForExitAsync();
            using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }

        process.Dispose();
        lock (log)
        {
            log.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Write(string? line)
    {
        if (line is not null)
        {
            lock (log)
            {
                log.WriteLine(line);
                log.Flush();
            }
        }
    }

    private double StatusKibibytes(string name) => File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/status"))
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
        .First();
}
