using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations;

/// <summary>Decides how a move that takes long is ended. Pure.</summary>
internal static class MigrationPolicy
{
    /// <summary>A guest that wrote faster than was sent so many times in a row is not waited for: a single time may be a burst.</summary>
    public const int PatientIterations = 3;

    /// <summary>The next step.</summary>
    /// <param name="spec">What is wanted.</param>
    /// <param name="progress">How far it is, this reading included; null before the first byte.</param>
    /// <param name="switched">Whether it was said that the guest goes on at the target. There is no way back from that, and it is done again until the job is over.</param>
    /// <param name="timeIsUp">Whether the time of the spec is over.</param>
    public static MigrationStep Next(VmMigrationSpec spec, MigrationProgress? progress, bool switched, bool timeIsUp)
    {
        if (switched)
        {
            return MigrationStep.PostCopy;
        }

        if (timeIsUp)
        {
            // Before the first byte there is nothing that could follow the guest.
            return spec.PostCopy && progress is not null ? MigrationStep.PostCopy : MigrationStep.GiveUp;
        }

        var hopeless = progress is { Iteration: { } now, NotConvergingSinceIteration: { } since } && now - since >= PatientIterations;
        return spec.PostCopy && hopeless ? MigrationStep.PostCopy : MigrationStep.GoOn;
    }
}
