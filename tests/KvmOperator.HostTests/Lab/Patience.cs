using System.Globalization;

namespace KvmOperator.HostTests.Lab;

/// <summary>
/// How long the tests wait. A wait is for an end and judges no speed, so slow machines are waited for longer: by the pace of this machine, and by that of the
/// emulated machines once <c>tests/lab/lab</c> has measured it.
/// </summary>
internal static class Patience
{
    /// <summary>Whoever waits for an end waits three times as long as it takes at most on a usual machine: one that is busy is no failure.</summary>
    private const int Generous = 3;

    /// <summary>Who has waited so long learns nothing more, unless the usual time itself is longer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(45);

    /// <summary>A whole number from 1 on: the slowest of this machine and of the labs that are up.</summary>
    public static int Pace => Math.Clamp(PacesOfLabs().Append(MachinePace.Here).Max(), 1, MachinePace.Slowest);

    /// <summary>How long to wait for what ends within some time on a usual machine.</summary>
    public static TimeSpan For(TimeSpan usual)
    {
        var patient = usual * (Generous * Pace);
        return patient < Longest || usual >= Longest ? patient : Longest;
    }

    /// <summary>The same in whole seconds, for commands on the machines.</summary>
    public static int Seconds(int usual) => (int)For(TimeSpan.FromSeconds(usual)).TotalSeconds;

    /// <summary>A time that is part of what happens, or that is promised on a usual machine.</summary>
    public static TimeSpan Scaled(TimeSpan usual) => usual * Pace;

    private static IEnumerable<int> PacesOfLabs()
    {
        if (!Directory.Exists(KvmLab.Labs))
        {
            yield break;
        }

        foreach (var lab in Directory.GetDirectories(KvmLab.Labs))
        {
            if (PaceOf(Path.Combine(lab, "pace")) is { } pace)
            {
                yield return pace;
            }
        }
    }

    /// <summary>Null while nothing was measured there.</summary>
    private static int? PaceOf(string file)
    {
        try
        {
            return int.TryParse(File.ReadAllText(file), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var pace) ? pace : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
