namespace KvmOperator.Hosts.Jobs;

/// <summary>What is known of a job.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="ExitStatus">The exit status, or the signal's number when one ended it; null while it runs or is missing.</param>
/// <param name="Reason">systemd's word for the end: <c>success</c>, <c>exit-code</c>, <c>signal</c>, <c>timeout</c> …; empty when it is missing.</param>
/// <param name="Output">The end of its standard output.</param>
/// <param name="Error">The end of its standard error.</param>
public sealed record JobState(JobPhase Phase, int? ExitStatus, string Reason, string Output, string Error)
{
    /// <summary>A job that the host does not know.</summary>
    public static readonly JobState Missing = new(JobPhase.Missing, null, string.Empty, string.Empty, string.Empty);

    /// <summary>True when it ended, in whichever way.</summary>
    public bool Ended => Phase is JobPhase.Succeeded or JobPhase.Failed;
}
