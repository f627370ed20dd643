using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.Operator;

/// <summary>
/// The operator as it is shipped: a process of its own, which can be killed. One whose lease ran out, because the API or the whole machine stood still for longer, ends by design and is
/// started again, as its Deployment would; one that ends in another way is <see cref="Broken"/>.
/// </summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(40);

    private const string LastWords = "The process ends: leadership is lost";

    private readonly ProcessStartInfo start;
    private readonly TextWriter log;
    private readonly string logFile;
    private readonly Task keeping;

    /// <summary>Nobody ends a process while the next one is begun.</summary>
    private readonly Lock turn = new();
    private volatile Process process;
    private volatile bool isToEnd;
    private volatile bool hasLostItsLease;

    private OperatorProcess(ProcessStartInfo start, TextWriter log, string logFile, Uri monitoring)
    {
        this.start = start;
        this.log = log;
        this.logFile = logFile;
        Monitoring = monitoring;
        process = Begin();
        keeping = KeepAsync();
    }

    /// <summary>Where /livez, /readyz and /metrics are.</summary>
    public Uri Monitoring { get; }

    public int Id => process.Id;

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>How it ended by itself, when it did and was not started again.</summary>
    public string? Broken { get; private set; }

    /// <summary>Starts an operator and waits until it has read the cluster. It may have to wait for the lease of a killed one after that.</summary>
    /// <param name="kubeconfig">Whose cluster, and who asks.</param>
    /// <param name="logFile">Where its words are added.</param>
    /// <param name="cancellationToken">Gives up; the process is ended.</param>
    public static async Task<OperatorProcess> StartAsync(string kubeconfig, string logFile, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var command = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "KvmOperator.dll")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["KUBECONFIG"] = kubeconfig,
                ["KVM_OPERATOR_MONITORING_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            },
        };
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var words = TextWriter.Synchronized(new StreamWriter(logFile, append: true) { AutoFlush = true });
        var started = new OperatorProcess(command, words, logFile, new Uri($"http://127.0.0.1:{port}"));
        try
        {
            await started.UntilReadyAsync(cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>A figure of its /metrics; 0 for a counter that has not counted yet.</summary>
    /// <param name="series">Name and labels as they stand there, such as <c>requests_total{host="node1"}</c>.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="InvalidOperationException">There is no such metric, with whichever labels.</exception>
    public async Task<double> MetricAsync(string series, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Monitoring, Timeout = Patience.For(TimeSpan.FromSeconds(20)) };
        var page = await client.GetStringAsync("/metrics", cancellationToken);
        var lines = page.Split('\n');
        var name = series.Split('{')[0];
        if (!lines.Any(line => line.StartsWith($"# TYPE {name} ", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException($"the operator has no metric {name}");
        }

        var figure = lines.FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return figure is null ? 0 : double.Parse(figure[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>As a power cut would: SIGKILL.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Kill();
        await keeping.WaitAsync(cancellationToken);
    }

    /// <summary>As a node that stands still for a while would: SIGSTOP. Its connections stay. It ends once it goes on, and stays away.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken)
    {
        isToEnd = true;
        return SignalAsync("STOP", cancellationToken);
    }

    /// <summary>Lets a frozen one go on.</summary>
    public Task ThawAsync(CancellationToken cancellationToken) => SignalAsync("CONT", cancellationToken);

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> UntilEndedAsync(CancellationToken cancellationToken)
    {
        isToEnd = true;
        await keeping.WaitAsync(Patience.For(StopDeadline), TimeProvider.System, cancellationToken);
        return process.ExitCode;
    }

    /// <summary>As Kubernetes does: SIGTERM, and time to end in order.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        isToEnd = true;
        await SignalAsync("TERM", cancellationToken);
        return await UntilEndedAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await keeping;
        process.Dispose();
        await log.DisposeAsync();
    }

    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    private void Kill()
    {
        lock (turn)
        {
            isToEnd = true;
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private Process Begin()
    {
        var program = new Process { StartInfo = start };
        program.OutputDataReceived += (_, line) => Tell(line.Data);
        program.ErrorDataReceived += (_, line) => Tell(line.Data);
        program.Start();
        program.BeginOutputReadLine();
        program.BeginErrorReadLine();
        return program;
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            // Its last words have been read by then.
            await process.WaitForExitAsync(CancellationToken.None);
            lock (turn)
            {
                if (isToEnd)
                {
                    return;
                }

                if (!hasLostItsLease)
                {
                    Broken = $"the operator ended by itself with {process.ExitCode}; read {logFile}";
                    return;
                }

                hasLostItsLease = false;
                Restarts++;
                Tell("The operator's lease ran out: it is started again, as its Deployment would.");
                process.Dispose();
                process = Begin();
            }
        }
    }

    private void Tell(string? line)
    {
        if (line is null)
        {
            return;
        }

        hasLostItsLease |= line.Contains(LastWords, StringComparison.Ordinal);
        log.WriteLine(line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task UntilReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Monitoring, Timeout = Patience.For(TimeSpan.FromSeconds(5)) };
        await KvmLab.UntilAsync(
            "the operator is ready",
            async () =>
            {
                if (Broken is not null)
                {
                    throw new InvalidOperationException(Broken);
                }

                try
                {
                    using var answer = await client.GetAsync("/readyz", cancellationToken);
                    return answer.IsSuccessStatusCode;
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
                {
                    return false;
                }
            },
            StartDeadline,
            cancellationToken);
    }
}
