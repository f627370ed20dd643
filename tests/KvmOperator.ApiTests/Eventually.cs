using System.Diagnostics;

namespace KvmOperator.ApiTests;

/// <summary>Waits for outcomes that only the outside world can bring, by asking again. The times are those of a usual machine; a slow one is waited for longer.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is true; fails with what was awaited.</summary>
    public static Task IsTrueAsync(Func<bool> condition, string awaited, TimeSpan within, CancellationToken cancellationToken) =>
        IsTrueAsync(() => Task.FromResult(condition()), awaited, within, cancellationToken);

    /// <summary>Asks until the answer is true; fails with what was awaited.</summary>
    public static async Task IsTrueAsync(Func<Task<bool>> condition, string awaited, TimeSpan within, CancellationToken cancellationToken)
    {
        var patience = Patience.For(within);
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                throw new TimeoutException($"Not within {patience.TotalSeconds} s: {awaited}");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Tries until nothing is thrown; at the end of the time the last error stands.</summary>
    public static async Task SucceedsAsync(Func<Task> attempt, TimeSpan within, CancellationToken cancellationToken)
    {
        var patience = Patience.For(within);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (Exception) when (Stopwatch.GetElapsedTime(started) < patience && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }
}
