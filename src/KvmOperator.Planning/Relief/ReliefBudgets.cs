namespace KvmOperator.Planning.Relief;

/// <summary>
/// The numbers by which loaded hosts are relieved. What is hot and what is cool lie far apart on purpose: a host is hot from 85 %, and one that takes a guest stays below 70 %, so that the same guest cannot be wanted back
/// before much has changed. Shares are of one.
/// </summary>
public sealed record ReliefBudgets
{
    /// <summary>What counts when nothing else is said.</summary>
    public static ReliefBudgets Default { get; } = new();

    /// <summary>The time over which use is averaged.</summary>
    public TimeSpan AverageOver { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a host must have been hot.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The share of the looks in that time at which it must have been.</summary>
    public double HoldShare { get; init; } = 15.0 / 18;

    /// <summary>The use of its processors from which a host is hot.</summary>
    public double HotUse { get; init; } = 0.85;

    /// <summary>The share of time in which a task waited for a processor from which it is hot, too.</summary>
    public double HotPressure { get; init; } = 0.25;

    /// <summary>The same for the want of memory, which is graver: it counts after <see cref="MemoryHoldTime"/>.</summary>
    public double HotMemoryPressure { get; init; } = 0.05;

    /// <summary>The share of memory that is available below which a host is short of it.</summary>
    public double ShortMemory { get; init; } = 0.05;

    /// <summary>How long it must have been short of memory.</summary>
    public TimeSpan MemoryHoldTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The use above which every core is one too many: what a move takes away there is its gain.</summary>
    public double Overload { get; init; } = 0.80;

    /// <summary>The use that a host may have at most after it took a guest.</summary>
    public double TargetUse { get; init; } = 0.70;

    /// <summary>The share of its memory for guests that it may have given away then.</summary>
    public double TargetMemory { get; init; } = 0.85;

    /// <summary>A guest that does more of its host's work than this is the overload itself: elsewhere it would be the same.</summary>
    public double HogShare { get; init; } = 0.60;

    /// <summary>The least gain of a move, in cores.</summary>
    public double LeastGain { get; init; } = 0.5;

    /// <summary>How much the use of the more loaded one of both hosts must fall at least.</summary>
    public double LeastFall { get; init; } = 0.10;

    /// <summary>How long a guest stays after a move; doubled for each one within a day.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>It stays no longer than this.</summary>
    public TimeSpan LongestCoolDown { get; init; } = TimeSpan.FromHours(8);

    /// <summary>How long nothing is done after the end of a move: its effects must be in the averages. Then what came of it is compared with what was promised.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an operator must have watched.</summary>
    public TimeSpan Blind { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>So many moves in a row that brought less than half of what was promised, and the pool is left alone for a while.</summary>
    public int Ineffective { get; init; } = 2;

    /// <summary>That while.</summary>
    public TimeSpan IneffectivePause { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What a move costs beside the sending of its memory.</summary>
    public TimeSpan FixedCost { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a guest stays that was moved so many times within a day.</summary>
    public TimeSpan CoolDownAfter(int moves) =>
        moves <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(LongestCoolDown.Ticks, (long)(CoolDown.Ticks * Math.Pow(2, Math.Min(moves, 16)))));

    /// <summary>What is wrong with these numbers, a sentence each that says what to write instead; empty when they hold.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Require(TargetUse < Overload && Overload < HotUse && HotUse <= 1, "targetUse, overload and hotUse must grow in this order, up to 1");
        Require(HotUse - TargetUse >= LeastFall, "hotUse must be more than targetUse by leastFall at least: otherwise guests go back and forth");
        Require(Settle >= AverageOver, "settle must be at least averageOver: the effects of a move must be in the averages");
        Require(HoldTime >= AverageOver && MemoryHoldTime > TimeSpan.Zero, "holdTime must be at least averageOver, and memoryHoldTime more than nothing");
        Require(Blind >= HoldTime, "blind must be at least holdTime");
        Require(LeastGain > 0 && LeastFall > 0, "leastGain and leastFall must be more than nothing: a move without a gain is none");
        Require(CoolDown > TimeSpan.Zero && CoolDown <= LongestCoolDown, "coolDown must be more than nothing and at most longestCoolDown");
        Require(HoldShare is > 0.5 and <= 1 && HogShare is > 0 and <= 1 && TargetMemory is > 0 and <= 1, "shares must be of one");
        Require(Ineffective >= 1, "ineffective must be at least 1");
        return problems;

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                problems.Add(otherwise);
            }
        }
    }
}
