using System.Globalization;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Jobs;

/// <summary>Jobs as transient systemd units whose streams go to files that live as long as the unit: until forgotten, or until the host restarts.</summary>
internal sealed class SystemdJobs : IHostJobs
{
    private const string Streams = "/run/kvm-operator/jobs";

    /// <summary>Prints the state; <c>$1</c> is the unit, <c>$2</c> the folder of the streams.</summary>
    private const string StateScript =
        """
        systemctl show -p LoadState,ActiveState,SubState,Result,ExecMainStatus "$1.service"
        echo
        for stream in out err; do tail -c 16384 "$2/$1.$stream" 2>/dev/null | base64 -w 0; echo; done
        """;

    private static readonly string Wait = HostScripts.Read("Jobs/wait-job.sh");

    private static readonly string WatchScript = $"{Wait}\n{HostScripts.Read("Jobs/watch-job.sh")}";

    /// <summary>Starts a unit, waits for its end for a while, and prints the state.</summary>
    private static readonly string StartScript = string.Join(
        '\n', Wait, $"environment='{string.Join(' ', LibvirtEnvironment.Variables.Select(variable => $"--setenv={variable}"))}'", HostScripts.Read("Jobs/start-job.sh"), StateScript);

    private const string StopScript = "systemctl stop \"$1.service\" 2>/dev/null\n" + StateScript;

    /// <summary>Only an ended unit is removed.</summary>
    private const string ForgetScript =
        """
        case $(systemctl show -p ActiveState,SubState --value "$1.service" | tr '\n' ' ') in
          "active running "*|activating*|deactivating*) exit 0 ;;
        esac
        systemctl stop "$1.service" 2>/dev/null
        systemctl reset-failed "$1.service" 2>/dev/null
        rm -f "$2/$1.out" "$2/$1.err"
        """;

    /// <inheritdoc/>
    public async Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var limit = options.Timeout is { } timeout ? ((long)Math.Ceiling(timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture) : "infinity";
        // A unit's command line expands variables: a $ is written twice to stay what it is.
        var literal = arguments.Select((argument, index) => index == 0 ? argument : argument.Replace("$", "$$", StringComparison.Ordinal));
        var command = RemoteCommand.Script(StartScript, [name.Unit, Streams, limit, options.Background ? "10" : "0", Seconds(options.Patience), .. literal])
            .WithDeadline(RemoteCommand.DefaultDeadline + options.Patience);
        return JobStateParser.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken) =>
        JobStateParser.Parse((await host.RequireAsync(RemoteCommand.Script(StateScript, name.Unit, Streams), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(WatchScript, [name.Unit, Streams, Seconds(patience), .. question]).WithDeadline(RemoteCommand.DefaultDeadline + patience);
        return JobStateParser.ParseWatched((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
    {
        var stopped = await host.RequireAsync(RemoteCommand.Script(StopScript, name.Unit, Streams).WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken);
        return JobStateParser.Parse(stopped.OutputText);
    }

    /// <inheritdoc/>
    public async Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(ForgetScript, name.Unit, Streams), cancellationToken);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
