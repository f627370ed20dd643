namespace KvmOperator.Reconciling;

/// <summary>
/// What a handler of a phase wants to happen next: one of a closed set (docs/adr/0051). A handler asks, decides and says so; it neither writes a status nor tells anybody.
/// <see cref="Outcomes.CarryOutAsync"/> does both, in the one order that is right.
/// </summary>
/// <typeparam name="TPhase">The phases of the kind.</typeparam>
internal abstract record Outcome<TPhase>
    where TPhase : struct, Enum
{
    private Outcome()
    {
    }

    /// <summary>What people are told beside, once this is written down.</summary>
    public IReadOnlyList<(string Reason, string Message)> Events { get; init; } = [];

    /// <summary>
    /// What is done once this is written down, because a successor has to find it announced. What comes of it is carried out in the same pass; null when that is nothing. It is not done when the
    /// write fails.
    /// </summary>
    public Func<CancellationToken, Task<Outcome<TPhase>?>>? Then { get; init; }

    /// <summary>Called when the write is over, whether it succeeded or not: what was only assumed until then is known, or given up.</summary>
    public Action? Settled { get; init; }

    /// <summary>The phase goes on.</summary>
    /// <param name="After">When the next pass is due.</param>
    public sealed record Stay(TimeSpan After) : Outcome<TPhase>;

    /// <summary>The phase goes on, and nothing changed but figures that move all the time: they are written now and then.</summary>
    /// <param name="After">When the next pass is due.</param>
    public sealed record Progress(TimeSpan After) : Outcome<TPhase>;

    /// <summary>The phase goes on, and something outside stands in the way.</summary>
    /// <param name="Reason">The condition's reason.</param>
    /// <param name="Message">What it is, and what to do about it.</param>
    /// <param name="After">When the next pass is due.</param>
    public sealed record Wait(string Reason, string Message, TimeSpan After) : Outcome<TPhase>;

    /// <summary>The next phase begins. It is written down before its work begins.</summary>
    /// <param name="Phase">The phase.</param>
    /// <param name="After">When the next pass is due.</param>
    public sealed record Advance(TPhase Phase, TimeSpan After) : Outcome<TPhase>;

    /// <summary>It is over, and was not done.</summary>
    /// <param name="Reason">The condition's reason.</param>
    /// <param name="Message">Why, and what to do next.</param>
    public sealed record Fail(string Reason, string Message) : Outcome<TPhase>;

    /// <summary>It is over, and was done.</summary>
    /// <param name="Reason">The condition's reason.</param>
    /// <param name="Message">What was done.</param>
    public sealed record Done(string Reason, string Message) : Outcome<TPhase>;
}
