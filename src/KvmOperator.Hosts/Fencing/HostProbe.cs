using System.Globalization;

namespace KvmOperator.Hosts.Fencing;

/// <summary>What one machine saw of another.</summary>
/// <param name="Answered">Whether it gave any sign of life.</param>
/// <param name="FailedTries">How often in a row it gave none.</param>
/// <param name="IsBlind">Whether whoever looked has no way to it at all: then its silence says nothing.</param>
public sealed record HostProbe(bool Answered, int FailedTries, bool IsBlind)
{
    /// <summary>Reads what the script prints; null for anything else.</summary>
    internal static HostProbe? Parse(string output) => output.TrimEnd('\n').Split(' ') switch
    {
        ["answer", ..] => new HostProbe(true, 0, false),
        ["blind", ..] => new HostProbe(false, 0, true),
        ["silent", var tries] when int.TryParse(tries, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new HostProbe(false, number, false),
        _ => null,
    };
}
