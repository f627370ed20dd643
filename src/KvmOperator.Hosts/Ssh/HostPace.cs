namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// How many times slower than expected a host is. Deadlines are written down for a host at the usual pace; on a slower one each is multiplied by <see cref="Factor"/>, so that
/// work that goes on is not taken for work that hangs.
/// Two things are measured, and the slower one counts: what a small fixed piece of work takes, and how soon the host begins with an ordinary command. What a command itself takes is not looked at,
/// since many wait by their nature. Safe for concurrent use.
/// </summary>
internal sealed class HostPace(TimeProvider timeProvider)
{
    /// <summary>No host is given more: one that hangs has to be called so some day.</summary>
    public const int SlowestFactor = 20;

    /// <summary>The fixed piece of work: a shell that starts twenty processes.</summary>
    private const string Work = "number=0; while [ \"$number\" -lt 20 ]; do number=$((number + 1)); /bin/true; done";

    /// <summary>A start that is older says nothing about now.</summary>
    private static readonly TimeSpan StartsCountFor = TimeSpan.FromMinutes(2);

    /// <summary>After this time a slow host is measured again: it may have been busy for a moment only.</summary>
    private static readonly TimeSpan MeasurementCountsFor = TimeSpan.FromMinutes(3);

    /// <summary>One slow start is an accident, several in a row are the pace.</summary>
    private const int StartsKept = 5;

    private readonly Lock gate = new();
    private readonly Queue<(long When, TimeSpan Took)> starts = new();
    private double workFactor = 1;
    private long measured;
    private bool isMeasured;

    /// <summary>
    /// What the fixed work takes at the usual pace, its way through SSH included: half of what an idle emulated host needs on a computer of today. A real host is far below it.
    /// </summary>
    public static TimeSpan UsualWork { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How soon a host begins with a command at the usual pace.</summary>
    public static TimeSpan UsualStart { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long opening a connection takes at the usual pace.</summary>
    public static TimeSpan UsualConnect { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The whole number that deadlines are multiplied by: 1 at the usual pace or above, never more than <see cref="SlowestFactor"/>.</summary>
    public int Factor
    {
        get
        {
            lock (gate)
            {
                return (int)Math.Clamp(Math.Round(Math.Max(workFactor, StartFactor())), 1, SlowestFactor);
            }
        }
    }

    /// <summary>The command to measure with. Its deadline is that of the slowest host: it is not multiplied.</summary>
    public static RemoteCommand Measurement => RemoteCommand.Script(Work).WithDeadline(UsualWork * SlowestFactor * 4);

    /// <summary>Whether it is time to measure: never done yet, or a slow host that may be quicker by now.</summary>
    public bool NeedsMeasurement
    {
        get
        {
            lock (gate)
            {
                return !isMeasured || (workFactor > 1.5 && timeProvider.GetElapsedTime(measured) >= MeasurementCountsFor);
            }
        }
    }

    /// <summary>A connection was opened. It gives a first idea, until the work is measured.</summary>
    public void Connected(TimeSpan took)
    {
        lock (gate)
        {
            if (!isMeasured)
            {
                workFactor = took / UsualConnect;
            }
        }
    }

    /// <summary>The host was too slow even to open a connection, though it answered: the next attempt is given twice the time.</summary>
    public void ConnectedTooSlowly()
    {
        lock (gate)
        {
            workFactor = Math.Min(Math.Max(workFactor, 1) * 2, SlowestFactor);
            isMeasured = false;
        }
    }

    /// <summary>The fixed work was done, or given up after this time.</summary>
    public void Measured(TimeSpan took)
    {
        lock (gate)
        {
            workFactor = took / UsualWork;
            measured = timeProvider.GetTimestamp();
            isMeasured = true;
        }
    }

    /// <summary>A command began this long after it was sent, or did not begin within this time.</summary>
    public void Started(TimeSpan after)
    {
        lock (gate)
        {
            starts.Enqueue((timeProvider.GetTimestamp(), after));
            while (starts.Count > StartsKept)
            {
                starts.Dequeue();
            }
        }
    }

    /// <summary>The deadline that this host is given for a command.</summary>
    public TimeSpan Scale(TimeSpan nominal) => nominal * Factor;

    /// <summary>The middle one of the last starts.</summary>
    private double StartFactor()
    {
        while (starts.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest.When) > StartsCountFor)
        {
            starts.Dequeue();
        }

        return starts.Count == 0 ? 1 : starts.Select(start => start.Took).Order().ElementAt((starts.Count - 1) / 2) / UsualStart;
    }
}
