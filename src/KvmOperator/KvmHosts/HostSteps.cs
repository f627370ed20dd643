using System.Collections.Concurrent;
using KvmOperator.Hosts.Preparation;

namespace KvmOperator.KvmHosts;

/// <summary>What was found of each step of a host's preparation, and when each is due again (<see cref="StepTurn"/>).</summary>
internal sealed class HostSteps(string plan, TimeProvider clock)
{
    private static readonly PreparationStep[] All = Enum.GetValues<PreparationStep>();

    /// <summary>What is due within this time is looked at together: steps that were found one after the other are checked for drift side by side.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(1);

    /// <summary>Files that change one after the other, as by configuration management, cost one check.</summary>
    private static readonly TimeSpan AfterChange = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<PreparationStep, (StepReport Report, StepTurn Turn, long Time)> found = new();
    private readonly ConcurrentDictionary<PreparationStep, string> circumstances = new();
    private readonly ConcurrentDictionary<PreparationStep, string> wishes = new();
    private long? changed;

    /// <summary>What the host should be, and on which boot.</summary>
    public string Plan => plan;

    /// <summary>What was found last of each step that was looked at, in order.</summary>
    public IReadOnlyList<StepReport> Reports => [.. All.Where(found.ContainsKey).Select(step => found[step].Report)];

    /// <summary>Whether every step was found ready.</summary>
    public bool AreReady => All.All(IsReady);

    /// <summary>The steps that it is time to look at.</summary>
    public IReadOnlySet<PreparationStep> Due => UntilDue <= TimeSpan.Zero ? All.Where(step => Left(step) <= (IsReady(step) ? Together : TimeSpan.Zero)).ToHashSet() : new HashSet<PreparationStep>();

    /// <summary>The time until the first step is due.</summary>
    public TimeSpan UntilDue => All.Min(Left);

    /// <summary>Whether a step was found ready.</summary>
    public bool IsReady(PreparationStep step) => found.TryGetValue(step, out var last) && last.Report.State.IsReady;

    /// <summary>Keeps what was found of a step.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="took">How long the look took; zero when that is not known.</param>
    public void Found(StepReport report, TimeSpan took = default)
    {
        var turn = StepTurn.After(found.TryGetValue(report.Step, out var last) ? last.Turn : null, report.State, took);
        found[report.Step] = (report, turn, clock.GetTimestamp());
    }

    /// <summary>Something else says that a step is not as it was found: it is due, unless it is known to be in trouble.</summary>
    public void Doubt(PreparationStep step)
    {
        if (IsReady(step))
        {
            found.TryRemove(step, out _);
        }
    }

    /// <summary>Files changed on the host: what was found ready before that is due again soon.</summary>
    /// <param name="moment">When that was told, a time stamp of the clock; null when it never was.</param>
    public void FilesChanged(long? moment) => changed = moment ?? changed;

    /// <summary>What a step depends on beside the plan. When it is otherwise than before, a step in trouble is due.</summary>
    public void Note(PreparationStep step, string circumstance)
    {
        var before = circumstances.GetValueOrDefault(step, circumstance);
        circumstances[step] = circumstance;
        if (before != circumstance && !IsReady(step))
        {
            found.TryRemove(step, out _);
        }
    }

    /// <summary>What is wanted of a step that changes oftener than the plan. When it is otherwise than before, that step is due, and no other.</summary>
    public void Want(PreparationStep step, string wish)
    {
        if (wishes.TryGetValue(step, out var before) && before != wish)
        {
            found.TryRemove(step, out _);
        }

        wishes[step] = wish;
    }

    /// <summary>Something was mended, which may help those steps that are in trouble: they are due.</summary>
    public void DoubtTrouble(IEnumerable<PreparationStep> butNot)
    {
        foreach (var step in All.Except(butNot).Where(step => found.ContainsKey(step) && !IsReady(step)))
        {
            found.TryRemove(step, out _);
        }
    }

    private TimeSpan Left(PreparationStep step)
    {
        if (!found.TryGetValue(step, out var last))
        {
            return TimeSpan.Zero;
        }

        var wait = last.Turn.Wait;
        return (changed > last.Time && last.Report.State.IsReady && wait > AfterChange ? AfterChange : wait) - clock.GetElapsedTime(last.Time);
    }
}
