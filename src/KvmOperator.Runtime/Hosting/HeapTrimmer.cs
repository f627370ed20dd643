using Microsoft.Extensions.Hosting;

namespace KvmOperator.Runtime.Hosting;

/// <summary>
/// Gives memory back now and then. An operator waits most of the time and allocates little, so the collector hardly ever sees a reason to look at old objects, and what died
/// among them stays.
/// </summary>
internal sealed class HeapTrimmer(Action collect, TimeProvider clock) : BackgroundService
{
    /// <summary>How often: some milliseconds of standstill every few minutes are not noticed by anybody.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly PeriodicTimer timer = new(Interval, clock);

    /// <summary>Everything that is not used goes back to the system (<see cref="GCCollectionMode.Aggressive"/>).</summary>
    public static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <inheritdoc/>
    public override void Dispose()
    {
        timer.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            collect();
        }
    }
}
