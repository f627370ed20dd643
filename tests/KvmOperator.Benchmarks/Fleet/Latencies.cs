namespace KvmOperator.Benchmarks.Fleet;

/// <summary>How long changes took to be seen.</summary>
internal sealed class Latencies(IReadOnlyCollection<TimeSpan> times, TimeSpan patience)
{
    private readonly IReadOnlyList<TimeSpan> sorted = [.. times.Order()];

    public int Count => sorted.Count;

    /// <summary>How many were not seen at all within the patience.</summary>
    public int Missed => sorted.Count(time => time >= patience);

    /// <summary>In milliseconds.</summary>
    public double Percentile(int percent) => sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)].TotalMilliseconds;

    public override string ToString() => FormattableString.Invariant($"{Percentile(50):F0} / {Percentile(99):F0} / {Percentile(100):F0} ms of {Count}{(Missed > 0 ? $", {Missed} never" : "")}");
}
