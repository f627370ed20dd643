using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Jobs;

/// <summary>
/// Work that takes longer than a connection lives. A job is a transient systemd unit on the host: it goes on when the operator dies, and whoever comes next finds it by its name.
/// Every call may be repeated. All exceptions of <see cref="IHostShell.RunAsync"/> apply.
/// </summary>
public interface IHostJobs
{
    /// <summary>
    /// Starts a job unless the host knows one of this name already, running or ended: then nothing is started and that one's state is returned.
    /// Two callers at once start it once: the host's systemd decides.
    /// </summary>
    /// <param name="host">The host to run it on.</param>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">The program, found in the usual path, and its arguments. They reach it literally and are visible to the host's users.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may have been started.</param>
    Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken);

    /// <summary>Reads where a job stands. Changes nothing.</summary>
    Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Waits on the host until a job ends, for a short time at most, and reads where it stands; while it runs a question is put beside it. All in one round trip. Changes nothing.
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The job.</param>
    /// <param name="patience">How long to wait for the end: seconds, because a channel is held for so long.</param>
    /// <param name="question">A program and its arguments; it gets ten seconds.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The state, and what the program printed: empty when it failed, and when the job does not run.</returns>
    Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken);

    /// <summary>Ends a running job and waits for its end, for at most two minutes. Afterwards the host may know it no longer. Unknown jobs are ignored.</summary>
    Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken);

    /// <summary>Removes an ended job's result, after it was recorded elsewhere. A running job is left alone. Unknown jobs are ignored.</summary>
    Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken);
}
