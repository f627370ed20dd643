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

    /// <summary>Waits for the end of a unit's process. The waiting is one sleeping process: it must not take the processor from the guest that moves.</summary>
    private const string Wait =
        """
        process=$(systemctl show -p MainPID --value "$unit.service")
        case $process in '' | 0) ;; *) timeout "$patience" tail -f -s 0.1 --pid="$process" /dev/null 2>/dev/null ;; esac
        """;

    /// <summary>
    /// Waits, prints the state, and the answer to a question while the unit runs. <c>$3</c> is the time to wait in seconds, the others are the question.
    /// </summary>
    private const string WatchScript =
        """
        unit=$1 streams=$2 patience=$3
        shift 3
        """ + "\n" + Wait + "\n" +
        """
        properties=$(systemctl show -p LoadState,ActiveState,SubState,Result,ExecMainStatus "$unit.service") || exit
        printf '%s\n\n' "$properties"
        for stream in out err; do tail -c 16384 "$streams/$unit.$stream" 2>/dev/null | base64 -w 0; echo; done
        case $properties in *SubState=running*) timeout "$((10 * PACE))" "$@" 2>/dev/null </dev/null | base64 -w 0; echo ;; esac
        """;

    /// <summary>
    /// Starts a unit. systemd refuses a name that it knows, so a second start fails; that is no error, and the state tells the rest.
    /// The unit is described by its name: by itself systemd-run writes the command there, and a command of several lines makes a file that systemd cannot read again, so that the next
    /// <c>daemon-reload</c> (a package that is installed, a unit that is enabled) would make it forget the job.
    /// A unit has none of the command's environment: which libvirt is asked is passed on.
    /// A shell stands between: SELinux's policy moves a unit that begins with virsh into a domain of virsh's own (init_system_domain in its virt.te), which may not write the unit's streams,
    /// and what it said would be lost.
    /// <c>$3</c> is the time limit, <c>$4</c> the processor weight, <c>$5</c> the time to wait for its end, the others are the command.
    /// </summary>
    private static readonly string StartScript =
        $$"""
        unit=$1 streams=$2 limit=$3 nice=$4 patience=$5
        shift 5
        mkdir -p -m 0700 "$streams" || exit
        program=$(command -v -- "$1") || { echo "$1 is not installed" >&2; exit 127; }
        shift
        if ! message=$(systemd-run --quiet --unit="$unit" --description="$unit" --property=RemainAfterExit=yes --property="RuntimeMaxSec=$limit" --property="Nice=$nice" \
            --property="StandardOutput=file:$streams/$unit.out" --property="StandardError=file:$streams/$unit.err" \
            --setenv=LC_ALL=C --setenv=HOME=/root {{string.Join(' ', LibvirtEnvironment.Variables.Select(variable => $"--setenv={variable}"))}} -- /bin/sh -c 'exec "$$@"' kvm-operator "$program" "$@" 2>&1); then
          [ "$(systemctl show -p LoadState --value "$unit.service")" = loaded ] || { printf '%s\n' "$message" >&2; exit 1; }
        fi
        set -- "$unit" "$streams"
        [ "$patience" = 0 ] || {
        """ + "\n" + Wait + "\n}\n" + StateScript;

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
