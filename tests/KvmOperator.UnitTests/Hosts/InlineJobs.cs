using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts;

/// <summary>Jobs that are done at once, by the host's own shell, and remembered as systemd would until they are forgotten.</summary>
internal sealed class InlineJobs : IHostJobs
{
    private readonly Dictionary<string, JobState> known = new(StringComparer.Ordinal);

    /// <summary>The jobs that were started, in order.</summary>
    public List<JobName> Started { get; } = [];

    /// <summary>The jobs that were forgotten, in order.</summary>
    public List<JobName> Forgotten { get; } = [];

    /// <summary>While true, what is started is not done yet.</summary>
    public bool AreSlow { get; set; }

    public async Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken)
    {
        if (AreSlow)
        {
            return new JobState(JobPhase.Running, null, string.Empty, string.Empty, string.Empty);
        }

        if (!known.TryGetValue(name.Unit, out var state))
        {
            Started.Add(name);
            var result = await host.RunAsync(RemoteCommand.Of(arguments[0], [.. arguments.Skip(1)]), cancellationToken);
            state = known[name.Unit] = new JobState(result.Succeeded ? JobPhase.Succeeded : JobPhase.Failed, result.ExitStatus, result.Succeeded ? "success" : "exit-code", result.OutputText, result.ErrorText);
        }

        return state;
    }

    public Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => Task.FromResult(known.GetValueOrDefault(name.Unit, JobState.Missing));

    public async Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken) =>
        (await ReadAsync(host, name, cancellationToken), string.Empty);

    public Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => ReadAsync(host, name, cancellationToken);

    public Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
    {
        known.Remove(name.Unit);
        Forgotten.Add(name);
        return Task.CompletedTask;
    }
}
