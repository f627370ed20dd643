using System.Collections.Concurrent;
using System.Diagnostics;
using KvmOperator.HostTests.Baseline;
using KvmOperator.HostTests.Lab;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>What a guest says on its console on one host, each line with the time at which it came. Watched from before the guest is there.</summary>
internal sealed class GuestConsole : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<(CounterReading Reading, TimeSpan Time)> readings = new();

    private GuestConsole(Process process) => this.process = process;

    /// <summary>Everything so far, in order.</summary>
    public IReadOnlyList<(CounterReading Reading, TimeSpan Time)> Readings => [.. readings];

    /// <param name="lab">The lab.</param>
    /// <param name="node">The host.</param>
    /// <param name="domain">The guest's domain, which may come later.</param>
    /// <param name="clock">A common beginning of time of all consoles that are compared.</param>
    public static GuestConsole Watch(KvmLab lab, string node, string domain, Stopwatch clock)
    {
        var command = $"until terminal=$(virsh -r ttyconsole {domain} 2>/dev/null) && [ -n \"$terminal\" ]; do sleep 0.3; done; exec cat \"$terminal\"";
        var start = new ProcessStartInfo(Path.Combine(KvmLab.Scripts, "lab"), ["--name", lab.Name, "ssh", node, command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var ssh = new Process { StartInfo = start };
        var console = new GuestConsole(ssh);
        ssh.OutputDataReceived += (_, line) =>
        {
            foreach (var reading in CounterReading.Parse(line.Data ?? string.Empty))
            {
                console.readings.Enqueue((reading, clock.Elapsed));
            }
        };
        ssh.Start();
        ssh.BeginOutputReadLine();
        ssh.BeginErrorReadLine();
        return console;
    }

    /// <summary>Waits until the guest said so many numbers more.</summary>
    public async Task<CounterReading> UntilMoreAsync(int more, TimeSpan within, CancellationToken cancellationToken)
    {
        var wanted = readings.Count + more;
        await KvmLab.UntilAsync($"the guest counted {more} times more on its console", () => Task.FromResult(readings.Count >= wanted), within, cancellationToken);
        return Readings[^1].Reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
