namespace KvmOperator.Planning.Drain;

/// <summary>What is done next for a drain.</summary>
/// <param name="Begin">The moves to be made now.</param>
/// <param name="TakeBack">The guests whose moves were made and have not begun, and are not wanted any more.</param>
/// <param name="Left">Every guest that has not left yet, what a person has to see first at the top.</param>
public sealed record DrainDecision(IReadOnlyList<DrainStep> Begin, IReadOnlyList<string> TakeBack, IReadOnlyList<GuestLeft> Left)
{
    /// <summary>Whether nobody is left.</summary>
    public bool IsDone => Left.Count == 0;

    /// <summary>Those that do not go by themselves in the usual way.</summary>
    public IEnumerable<GuestLeft> Hindered => Left.Where(guest => guest.Standing <= DrainStanding.Failing);
}
