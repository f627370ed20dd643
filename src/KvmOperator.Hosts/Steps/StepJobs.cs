using System.Security.Cryptography;
using System.Text;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Steps;

/// <summary>
/// Does work of a step in a job when nobody knows how long a machine needs for it: rebuilding a policy, starting daemons. Whoever waits is cut off some day; the job goes on, and the next call finds it.
/// Every call may be repeated. All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply.
/// </summary>
internal sealed class StepJobs(IHostJobs jobs)
{
    /// <summary>How long the end is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Nothing that hangs is left on a machine for ever.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private const int LongestName = 90;

    /// <summary>Starts a script, or finds the one that runs, and waits for its end for a while.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="work">What kind of work it is, in letters, digits, dots and dashes. No two of a kind run at once on a machine.</param>
    /// <param name="script">A fixed script for <c>/bin/sh</c>.</param>
    /// <param name="arguments">Its arguments. They are visible to the machine's users.</param>
    /// <param name="cancellationToken">Gives up waiting; the work goes on.</param>
    /// <returns>True when it is done, also when what is done was begun with other arguments: a check tells. False while it goes on.</returns>
    /// <exception cref="CommandFailedException">It failed, and says why.</exception>
    public async Task<bool> RunAsync(IHostShell host, string work, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var name = new JobName("step", work.Length <= LongestName ? work : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(work))));
        var state = await jobs.StartAsync(
            host,
            name,
            ["/bin/sh", "-c", script, "kvm-operator", .. arguments],
            new JobOptions { Patience = Patience, Timeout = Limit },
            cancellationToken);
        if (!state.Ended)
        {
            return false;
        }

        await jobs.ForgetAsync(host, name, cancellationToken);
        return state.Phase == JobPhase.Succeeded
            ? true
            : throw new CommandFailedException(
                host.Name,
                RemoteCommand.Script(script),
                new CommandResult(state.ExitStatus ?? 1, null, Encoding.UTF8.GetBytes(state.Output), Encoding.UTF8.GetBytes(state.Error.Length > 0 ? state.Error : $"it ended with {state.Reason}"), TimeSpan.Zero));
    }
}
