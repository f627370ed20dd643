namespace KvmOperator.Planning.Migrations;

/// <summary>Decides how a move that takes long is ended. Pure.</summary>
public static class MigrationPolicy
{
    /// <summary>A guest that wrote faster than was sent so many times in a row is not waited for: a single time may be a burst.</summary>
    public const int PatientIterations = 3;

    /// <summary>The next step.</summary>
    /// <param name="postCopy">Whether the guest may go on at the target before all of its memory is there.</param>
    /// <param name="pace">How its memory is sent, this reading included; null before the first byte.</param>
    /// <param name="switched">Whether it was said that the guest goes on at the target. There is no way back from that, and it is done again until the job is over.</param>
    /// <param name="timeIsUp">Whether the time of the spec is over.</param>
    public static MigrationStep Next(bool postCopy, MigrationPace? pace, bool switched, bool timeIsUp)
    {
        if (switched)
        {
            return MigrationStep.PostCopy;
        }

        if (timeIsUp)
        {
            // Before the first byte there is nothing that could follow the guest.
            return postCopy && pace is not null ? MigrationStep.PostCopy : MigrationStep.GiveUp;
        }

        var hopeless = pace is { Iteration: { } now, NotConvergingSinceIteration: { } since } && now - since >= PatientIterations;
        return postCopy && hopeless ? MigrationStep.PostCopy : MigrationStep.GoOn;
    }
}
