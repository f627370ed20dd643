namespace KvmOperator.Runtime.Events;

/// <summary>
/// Keeps events few, as client-go does: the same one again is counted; more than ten that differ only in their text within ten minutes
/// become one; and one object gets 25 at once, then one every five minutes. Remembers the 4,096 latest. Not safe for threads.
/// </summary>
internal sealed class EventCorrelator
{
    private const int Remembered = 4096;
    private const int SimilarLimit = 10;
    private const double Burst = 25;
    private const string CombinedPrefix = "(combined from similar events): ";
    private static readonly TimeSpan SimilarWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);

    private readonly RecentlyUsed<(ObjectIdentity Regarding, string Reason, EventType Type, string Message), EventSeries> series = new(Remembered);
    private readonly RecentlyUsed<(ObjectIdentity Regarding, string Reason, EventType Type), SimilarEvents> similar = new(Remembered);
    private readonly RecentlyUsed<ObjectIdentity, Allowance> allowances = new(Remembered);

    /// <summary>Decides what becomes of a notice. Notices come in the order of their times.</summary>
    public EventDecision Decide(EventNotice notice)
    {
        if (!MayWrite(notice))
        {
            return new EventDecision.Drop();
        }

        var message = MessageOf(notice);
        var combined = !ReferenceEquals(message, notice.Message);
        var known = series.GetOrAdd((notice.Regarding, notice.Reason, notice.Type, combined ? CombinedPrefix : message), () => new EventSeries());
        var isRecent = known.Count > 0 && notice.Time - known.Last < SimilarWindow;
        known.Last = notice.Time;
        if (isRecent && known.ObjectName is not null)
        {
            known.Count++;
            return new EventDecision.Count(known, known.Count, message);
        }

        known.Count = 1;
        known.ObjectName = null;
        return new EventDecision.Create(known, message);
    }

    private bool MayWrite(EventNotice notice)
    {
        var allowance = allowances.GetOrAdd(notice.Regarding, () => new Allowance { Tokens = Burst, At = notice.Time });
        allowance.Tokens = Math.Min(Burst, allowance.Tokens + ((notice.Time - allowance.At) / Refill));
        allowance.At = notice.Time;
        if (allowance.Tokens < 1)
        {
            return false;
        }

        allowance.Tokens--;
        return true;
    }

    private string MessageOf(EventNotice notice)
    {
        var alike = similar.GetOrAdd((notice.Regarding, notice.Reason, notice.Type), () => new SimilarEvents());
        if (notice.Time - alike.Since > SimilarWindow)
        {
            alike.Since = notice.Time;
            alike.Messages.Clear();
        }

        alike.Messages.Add(notice.Message);
        return alike.Messages.Count > SimilarLimit ? CombinedPrefix + notice.Message : notice.Message;
    }

    private sealed class Allowance
    {
        public double Tokens { get; set; }

        public DateTimeOffset At { get; set; }
    }

    private sealed class SimilarEvents
    {
        public DateTimeOffset Since { get; set; }

        public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);
    }
}
