using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.Failover;

/// <summary>What this process heard and saw of one host. Times are stamps of the clock.</summary>
internal sealed class HostEar(long since)
{
    private readonly Dictionary<string, Sight> sights = new(StringComparer.Ordinal);

    /// <summary>When the host last gave a sign of life by itself; before the first one, since when it is listened for.</summary>
    public long HeardAt { get; private set; } = since;

    /// <summary>Whether it ever gave one.</summary>
    public bool IsHeard { get; private set; }

    /// <summary>Since when it answers without a break; null while it does not.</summary>
    public long? AnswersSince { get; private set; }

    /// <summary>That it was found clean, which may not be written down yet.</summary>
    public CleanedHost? Cleaned { get; set; }

    /// <summary>What it was judged to be last; null while there is nothing to judge.</summary>
    public DetectionVerdict? Verdict { get; set; }

    /// <summary>It gave a sign of life by itself at that time.</summary>
    public void Heard(long time)
    {
        IsHeard = true;
        HeardAt = Math.Max(HeardAt, time);
    }

    /// <summary>Whether it answers commands now.</summary>
    public void Answers(bool does, long now) => AnswersSince = does ? AnswersSince ?? now : null;

    /// <summary>It speaks by itself: what others saw of its silence is about nothing any more.</summary>
    public void Forget() => sights.Clear();

    /// <summary>Somebody looked.</summary>
    /// <param name="vantage">Who.</param>
    /// <param name="kind">From where.</param>
    /// <param name="answered">Whether the host gave a sign of life.</param>
    /// <param name="failedTries">How often in a row it gave none.</param>
    /// <param name="isWell">Whether whoever looked could be asked, and has a way to the host.</param>
    /// <param name="now">When.</param>
    public void Seen(string vantage, VantageKind kind, bool answered, int failedTries, bool isWell, long now)
    {
        var before = sights.GetValueOrDefault(vantage);
        sights[vantage] = new Sight(kind, !isWell || answered ? 0 : (before?.Failed ?? 0) + failedTries, answered ? now : before?.AnsweredAt, isWell, now);
    }

    /// <summary>What each vantage says at this moment. One that was not heard for long is not well itself.</summary>
    public IReadOnlyList<VantageReport> Reports(TimeProvider clock, TimeSpan freshness) =>
    [
        .. sights.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new VantageReport(
            pair.Key,
            pair.Value.Kind,
            pair.Value.Failed,
            pair.Value.AnsweredAt is { } at ? clock.GetElapsedTime(at) : null,
            pair.Value.IsWell && clock.GetElapsedTime(pair.Value.LookedAt) < freshness)),
    ];

    private sealed record Sight(VantageKind Kind, int Failed, long? AnsweredAt, bool IsWell, long LookedAt);
}
