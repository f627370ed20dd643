using System.Globalization;
using System.Text;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>What <c>beat.sh</c> and its probe print on a host that is well: a line a second, and one more for each store every four.</summary>
internal sealed class FleetBeat(FleetHost host, Stream stream, TimeProvider clock)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private volatile IReadOnlyList<string> stores = [];
    private volatile bool isNew;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var beating = BeatAsync(ended.Token);
        try
        {
            using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.StartsWith("stores", StringComparison.Ordinal))
                {
                    stores = line.Split(' ')[1..];
                    isNew = true;
                }
            }
        }
        finally
        {
            await ended.CancelAsync();
            await beating.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var boot = FleetIdentity.BootOf(host.Name);
        using var timer = new PeriodicTimer(Second, clock);
        for (var sequence = 1; ; sequence++)
        {
            await host.Thawed.WaitAsync(cancellationToken);
            var ticks = 1_000_000L + (sequence * 3200L);
            var lines = new StringBuilder();
            lines.Append(
                CultureInfo.InvariantCulture,
                $"beat {sequence}|{boot}|{1000 + sequence}.07|0-31|cpu  {ticks / 4} 0 {ticks / 20} {ticks} 12 0 3 0 0 0|3.4{sequence % 10}|MemTotal:       527989232 kB MemFree:        11989232 kB MemAvailable:   40{sequence % 10}989232 kB|avg10=0.0{sequence % 10}|avg10=0.00|avg10=0.00|0|virbr0|.\n");
            if (sequence % 4 == 1 || isNew)
            {
                isNew = false;
                foreach (var store in stores)
                {
                    lines.Append(CultureInfo.InvariantCulture, $"store {store} ok {sequence / 4} 0.001 4096 268435456 134217728\n");
                }
            }

            await stream.WriteAsync(Encoding.UTF8.GetBytes(lines.ToString()), cancellationToken);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
