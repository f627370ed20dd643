using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmOperator.HostTests.Baseline;

/// <summary>One line of the guest's console: what stood on its disk, and how long the guest had run.</summary>
/// <param name="Number">The number that the guest wrote with fsync before it said so.</param>
/// <param name="Uptime">The guest's own clock, seconds since it booted.</param>
internal sealed partial record CounterReading(int Number, double Uptime)
{
    /// <summary>Reads whole lines only: a console that is opened late shows the end of one first.</summary>
    public static IReadOnlyList<CounterReading> Parse(string console) =>
        [
            .. Line().Matches(console).Select(match => new CounterReading(
                int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture),
                double.Parse(match.Groups["uptime"].ValueSpan, CultureInfo.InvariantCulture))),
        ];

    [GeneratedRegex(@"^counter (?<number>\d+) uptime (?<uptime>\d+\.\d+)\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
