namespace KvmOperator.Planning.Migrations;

/// <summary>How the memory of a guest that is being moved is sent.</summary>
/// <param name="Iteration">How often all of it was gone through; null when that is not known.</param>
/// <param name="NotConvergingSinceIteration">Since when the guest writes it faster than it is sent; null while it does not.</param>
public sealed record MigrationPace(int? Iteration, int? NotConvergingSinceIteration)
{
    /// <summary>How fast memory is written is measured once all of it was gone through; before the second time nothing can be said.</summary>
    private const int IterationsToJudge = 2;

    /// <summary>
    /// A guest that goes round through its memory writes as much in each iteration as is sent in it, give or take the measuring. What is left has to shrink by a tenth an iteration, or the end does not come near.
    /// </summary>
    private const double ConvergingShare = 0.9;

    /// <summary>Whether memory is sent clearly faster than it is written.</summary>
    /// <param name="iteration">How often all of it was gone through.</param>
    /// <param name="sent">Bytes a second that are sent.</param>
    /// <param name="written">Bytes a second that the guest writes.</param>
    public static bool Converges(int iteration, long sent, long written) => iteration < IterationsToJudge || sent <= 0 || written < sent * ConvergingShare;
}
