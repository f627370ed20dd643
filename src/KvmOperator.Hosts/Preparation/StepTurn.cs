using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// When a step is looked at next. What is as it should be is checked for drift now and then; what goes on is followed; what fails again and again with the same words is tried ever more seldom,
/// because nothing else has changed, and a machine has better to do. Pure.
/// </summary>
/// <param name="State">What was found.</param>
/// <param name="Repeats">How often the same was found before, in a row.</param>
public sealed record StepTurn(StepState State, int Repeats)
{
    private const int MostDoublings = 10;

    /// <summary>So many repeats are the ten minutes after which work that goes on is expected to last.</summary>
    private const int RepeatsOfWork = 60;

    /// <summary>What the checks take on a slow machine must not become its main work: they get half a percent of its time.</summary>
    private const int DriftShare = 200;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Work = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongWork = TimeSpan.FromMinutes(1);

    /// <summary>A person who mends something waits no longer than this to see that it helped: looking costs little, and nothing is changed.</summary>
    private static readonly TimeSpan LongestBlocked = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestFailed = TimeSpan.FromMinutes(5);

    /// <summary>What was ready is checked for drift this often, where a check takes no longer than is usual.</summary>
    private static readonly TimeSpan Drift = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LongestDrift = TimeSpan.FromHours(1);

    /// <summary>How long the look took that found it; zero when that is not known.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The turn after another one; null for the first.</summary>
    public static StepTurn After(StepTurn? before, StepState state, TimeSpan took = default) =>
        new(state, before is not null && before.State.Status == state.Status && before.State.Message == state.Message ? before.Repeats + 1 : 0) { Took = took };

    /// <summary>How long to wait before the step is looked at again.</summary>
    public TimeSpan Wait => State.Status switch
    {
        StepStatus.Ready => Took * DriftShare is var share && share > Drift ? Shorter(share, LongestDrift) : Drift,
        StepStatus.InProgress => Repeats < RepeatsOfWork ? Work : LongWork,
        StepStatus.Blocked => Shorter(Doubled, LongestBlocked),
        _ => Shorter(Doubled, LongestFailed),
    };

    private TimeSpan Doubled => First * (1 << Math.Min(Repeats, MostDoublings));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
