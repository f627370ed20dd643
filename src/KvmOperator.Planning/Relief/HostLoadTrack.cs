namespace KvmOperator.Planning.Relief;

/// <summary>
/// What is known of a host's load from the looks until now. It never changes: each look makes another one. Use is averaged so that a burst is none; what says nothing (counters that went back, the first look after a start or
/// after a long pause, guests that are said to do nothing on a busy host) is left out and not guessed.
/// </summary>
public sealed record HostLoadTrack
{
    /// <summary>Two looks that are closer together say too little: a tick of the kernel is 10 ms.</summary>
    private static readonly TimeSpan ShortestStep = TimeSpan.FromSeconds(2);

    /// <summary>After a longer pause nothing is known of what was in between.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(1);

    /// <summary>A guest whose counter stands still does nothing, unless all of them do on a host that works.</summary>
    private const double Working = 0.50;

    private const double NanosecondsASecond = 1e9;

    private HostSample? last;
    private TimeSpan since;
    private double? use;
    private double? pressure;
    private double? memoryPressure;
    private IReadOnlyDictionary<string, GuestTrack> guests = new Dictionary<string, GuestTrack>(StringComparer.Ordinal);
    private IReadOnlyList<(TimeSpan At, bool IsHot, bool IsShort)> looks = [];

    /// <summary>Nothing is known yet.</summary>
    public static HostLoadTrack Unknown { get; } = new();

    /// <summary>The share of its processors that it uses on average; null while it was watched for too short a time.</summary>
    public double? Use { get; private init; }

    /// <summary>The share of time in which a task waited for a processor, on average; null where that is not measured.</summary>
    public double? Pressure => Use is null ? null : pressure;

    /// <summary>What each guest uses on average, in cores. One that was watched for too short a time is not in it.</summary>
    public IReadOnlyDictionary<string, double> Cores { get; private init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Whether it has had too much work for a while.</summary>
    public bool IsHot { get; private init; }

    /// <summary>For how long; nothing for one that is not hot.</summary>
    public TimeSpan HotFor { get; private init; }

    /// <summary>Whether it has been short of memory for a while.</summary>
    public bool IsShortOfMemory { get; private init; }

    /// <summary>The share of its memory that was available at the latest look.</summary>
    public double AvailableMemory => last?.AvailableMemory ?? 1;

    /// <summary>The same with one more look.</summary>
    public HostLoadTrack Take(HostSample sample, ReliefBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(budgets);
        if (last is null || last.BootId != sample.BootId || last.Processors != sample.Processors || sample.At - last.At > LongestStep || sample.BusyTicks < last.BusyTicks || sample.TotalTicks < last.TotalTicks)
        {
            return Begin(sample);
        }

        var step = sample.At - last.At;
        if (step < ShortestStep || sample.TotalTicks == last.TotalTicks)
        {
            // Too soon, or the host says the same as before: it says nothing.
            return this;
        }

        var busy = (double)(sample.BusyTicks - last.BusyTicks) / (sample.TotalTicks - last.TotalTicks);
        var weight = 1 - Math.Exp(-(step / budgets.AverageOver));
        var nowUse = Average(use, busy, weight);
        var nowPressure = Average(pressure, sample.Pressure, weight);
        var nowMemoryPressure = Average(memoryPressure, sample.MemoryPressure, weight);
        var isKnown = sample.At - since >= budgets.AverageOver;
        var tracks = Tracks(sample, step, busy, weight);
        List<(TimeSpan At, bool IsHot, bool IsShort)> kept =
        [
            .. looks.Where(look => sample.At - look.At <= Longest(budgets.HoldTime, budgets.MemoryHoldTime)),
            (sample.At, nowUse >= budgets.HotUse || nowPressure >= budgets.HotPressure, sample.AvailableMemory < budgets.ShortMemory || nowMemoryPressure >= budgets.HotMemoryPressure),
        ];
        var isHot = isKnown && Lasts(kept, sample.At, budgets.HoldTime, budgets.HoldShare, look => look.IsHot);
        return new HostLoadTrack
        {
            last = sample,
            since = since,
            use = nowUse,
            pressure = nowPressure,
            memoryPressure = nowMemoryPressure,
            guests = tracks,
            looks = kept,
            Use = isKnown ? nowUse : null,
            Cores = tracks.Where(track => track.Value.Cores is not null && sample.At - track.Value.Since >= budgets.AverageOver).ToDictionary(track => track.Key, track => track.Value.Cores!.Value, StringComparer.Ordinal),
            IsHot = isHot,
            HotFor = !isHot ? TimeSpan.Zero : IsHot ? HotFor + step : budgets.HoldTime,
            IsShortOfMemory = Lasts(kept, sample.At, budgets.MemoryHoldTime, budgets.HoldShare, look => look.IsShort),
        };
    }

    private static HostLoadTrack Begin(HostSample sample) => new()
    {
        last = sample,
        since = sample.At,
        guests = sample.Guests.ToDictionary(guest => guest.Name, guest => new GuestTrack(sample.At, guest.CpuNanoseconds, null), StringComparer.Ordinal),
    };

    private Dictionary<string, GuestTrack> Tracks(HostSample sample, TimeSpan step, double busy, double weight)
    {
        var isStuck = busy > Working && sample.Guests.Count > 0 && sample.Guests.All(guest => guests.GetValueOrDefault(guest.Name)?.CpuNanoseconds == guest.CpuNanoseconds);
        return sample.Guests.ToDictionary(
            guest => guest.Name,
            guest => guests.GetValueOrDefault(guest.Name) is { } before && before.CpuNanoseconds <= guest.CpuNanoseconds && !isStuck
                ? before with { CpuNanoseconds = guest.CpuNanoseconds, Cores = Average(before.Cores, (guest.CpuNanoseconds - before.CpuNanoseconds) / NanosecondsASecond / step.TotalSeconds, weight) }
                : new GuestTrack(sample.At, guest.CpuNanoseconds, null),
            StringComparer.Ordinal);
    }

    /// <summary>Whether something was so at most looks of a while that is all known.</summary>
    private static bool Lasts(List<(TimeSpan At, bool IsHot, bool IsShort)> looks, TimeSpan now, TimeSpan hold, double share, Func<(TimeSpan At, bool IsHot, bool IsShort), bool> isSo)
    {
        var within = looks.Where(look => now - look.At <= hold).ToList();

        // The first look of the while is up to one step younger than it.
        return now - within[0].At >= hold * share && within.Count(isSo) >= share * within.Count;
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static double? Average(double? before, double? now, double weight) => (before, now) switch
    {
        (_, null) => null,
        (null, { } first) => first,
        ({ } average, { } next) => average + (weight * (next - average)),
    };
}
