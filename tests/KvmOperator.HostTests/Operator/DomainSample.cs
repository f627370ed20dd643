namespace KvmOperator.HostTests.Operator;

/// <summary>What a machine answered once when it was asked for its active domains.</summary>
/// <param name="Node">The machine.</param>
/// <param name="Began">When it was asked; all samples of a watch have one clock.</param>
/// <param name="Ended">When its answer was there: what it says was so at some time in between.</param>
/// <param name="States">The domains and their states in virsh's words. One that stands still is among them, one that is off is not.</param>
internal sealed record DomainSample(string Node, TimeSpan Began, TimeSpan Ended, IReadOnlyDictionary<string, string> States)
{
    /// <summary>Reads the output of <c>virsh list</c>.</summary>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> lines) => lines
        .Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(words => words.Length == 3 && words[0].All(char.IsAsciiDigit))
        .ToDictionary(words => words[1], words => words[2], StringComparer.Ordinal);

    /// <summary>
    /// Says when a domain was certainly there on two machines at one time. The machines are asked one beside the other, so it counts only from the end of the first answer that has it to
    /// the beginning of the last one.
    /// </summary>
    /// <param name="samples">All samples.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="counts">Which states count.</param>
    /// <returns>Where and when; null when it was at one place at most.</returns>
    public static string? TwoAtOnce(IEnumerable<DomainSample> samples, string domain, Func<string, bool> counts)
    {
        var spans = samples.GroupBy(sample => sample.Node, StringComparer.Ordinal).SelectMany(ofNode => Spans(ofNode.OrderBy(sample => sample.Began), domain, counts)).ToList();
        return spans
            .SelectMany(one => spans.Where(other => string.CompareOrdinal(one.Node, other.Node) < 0 && one.Since <= other.Until && other.Since <= one.Until), (one, other) =>
                $"{domain} was on {one.Node} ({one.Since.TotalSeconds:0.0} to {one.Until.TotalSeconds:0.0} s) and on {other.Node} ({other.Since.TotalSeconds:0.0} to {other.Until.TotalSeconds:0.0} s)")
            .FirstOrDefault();
    }

    private static IEnumerable<(string Node, TimeSpan Since, TimeSpan Until)> Spans(IEnumerable<DomainSample> ofNode, string domain, Func<string, bool> counts)
    {
        DomainSample? first = null;
        DomainSample? last = null;
        foreach (var sample in ofNode)
        {
            if (sample.States.TryGetValue(domain, out var state) && counts(state))
            {
                (first, last) = (first ?? sample, sample);
            }
            else if (first is not null)
            {
                yield return (first.Node, first.Ended, last!.Began);
                first = null;
            }
        }

        if (first is not null)
        {
            yield return (first.Node, first.Ended, last!.Began);
        }
    }
}
