using System.Diagnostics;

namespace KvmOperator.Tests;

/// <summary>How slow this machine is: 1 where a process starts as quickly as on the machine on which the tests' waits were chosen, 3 where it takes three times as long.</summary>
internal static class MachinePace
{
    /// <summary>Waits are never longer than so many times what they are on a usual machine.</summary>
    public const int Slowest = 12;

    private const int Rounds = 3;
    private const int Starts = 8;

    /// <summary>What one start takes on a usual machine.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(4);

    private static readonly Lazy<int> Measured = new(Measure);

    /// <summary>A whole number from 1 on, measured once a process.</summary>
    public static int Here => Measured.Value;

    /// <summary>The best of some rounds: the others were disturbed by what else ran at that moment.</summary>
    private static int Measure()
    {
        var best = Enumerable.Range(0, Rounds).Min(_ => Round()) / Starts;
        return Math.Clamp((int)Math.Ceiling(best / Usual), 1, Slowest);
    }

    private static TimeSpan Round()
    {
        var started = Stopwatch.GetTimestamp();
        for (var start = 0; start < Starts; start++)
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/true") { UseShellExecute = false })!;
            process.WaitForExit();
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
