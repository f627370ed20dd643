using System.Globalization;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvmOperator.Benchmarks.Ssh;

/// <summary>
/// What the product's real SSH connections take in its own process: each with the two channels that it holds on a host, on which a line comes every second, all to one sshd. Prints figures.
/// </summary>
internal static class SshCost
{
    /// <summary>As a beat.</summary>
    private const string Beat = "while read -r -t 1 word || [ $? -gt 128 ]; do echo \"beat beat beat beat beat beat beat beat beat beat beat beat beat beat beat\"; done";

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(60);

    /// <summary>Opens the connections and prints what they take.</summary>
    /// <param name="port">Of an sshd on the loopback interface that lets this user in.</param>
    /// <param name="keyFile">The private key.</param>
    /// <param name="count">How many connections.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task RunAsync(int port, string keyFile, int count, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var credentials = new HostCredentials { PrivateKey = await File.ReadAllTextAsync(keyFile, cancellationToken) };
        var first = await UseAsync("before any", clock, cancellationToken);
        await using var shells = new HostShells(clock, NullLogger<HostShells>.Instance);
        var began = clock.GetTimestamp();
        var channels = new List<IHostChannel>();
        var reading = new List<Task>();
        for (var number = 0; number < count; number++)
        {
            var shell = shells.Get(new HostConnectionSettings($"host{number}", "127.0.0.1", credentials) { Port = port, User = Environment.UserName });
            foreach (var command in (RemoteCommand[])[RemoteCommand.Of("bash", "-c", Beat), RemoteCommand.Of("cat")])
            {
                var channel = await shell.OpenAsync(command, cancellationToken);
                channels.Add(channel);
                reading.Add(ReadAsync(channel, cancellationToken));
            }
        }

        Say($"{count} connections with {channels.Count} channels open after {clock.GetElapsedTime(began).TotalSeconds:F1} s");
        await Task.Delay(Settling, clock, cancellationToken);
        var second = await UseAsync("with all of them", clock, cancellationToken);
        Say($"a connection: {(second.Kibibytes - first.Kibibytes) / count:F0} KiB resident, {(double)(second.Threads - first.Threads) / count:F2} threads, {1000 * (second.Load - first.Load) / count:F2} ms of processor time a second");
        foreach (var channel in channels)
        {
            await channel.DisposeAsync();
        }

        await Task.WhenAll(reading);
    }

    private static async Task ReadAsync(IHostChannel channel, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        try
        {
            while (await channel.Output.ReadAsync(buffer, cancellationToken) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is HostException or IOException or ObjectDisposedException)
        {
            // The benchmark closed it.
        }
    }

    private static async Task<Use> UseAsync(string when, TimeProvider clock, CancellationToken cancellationToken)
    {
        GC.Collect();
        var began = clock.GetTimestamp();
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(Measured, clock, cancellationToken);
        var load = (Environment.CpuUsage.TotalTime - before) / clock.GetElapsedTime(began);
        var use = new Use(await StatusAsync("VmRSS:", cancellationToken), (int)await StatusAsync("Threads:", cancellationToken), load);
        Say($"{when}: {use.Kibibytes / 1024:F0} MiB resident, {use.Threads} threads, {use.Load:F3} of a core");
        return use;
    }

    private static async Task<double> StatusAsync(string name, CancellationToken cancellationToken) =>
        double.Parse((await File.ReadAllLinesAsync("/proc/self/status", cancellationToken)).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static void Say(FormattableString line) => Console.Out.WriteLine(FormattableString.Invariant(line));

    private sealed record Use(double Kibibytes, int Threads, double Load);
}
