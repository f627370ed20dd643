using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Migrations;

/// <summary>
/// Moves guests with <c>virsh migrate --p2p</c> in a job. Everything that is asked before, meanwhile and afterwards goes over the held connections to libvirt, by commands where there is none.
/// </summary>
internal sealed class VirshMigrations(IHostJobs jobs, IDomains domains, IKeptGuests kept, ICpuBaseline cpuBaseline, HostLibvirts hosts) : IMigrations
{
    /// <summary>The last one of libvirt's range: at the first ones a guest may be arriving at this moment, and its QEMU would take the question for that guest's memory.</summary>
    private const string ProbedMigrationPort = "49215";

    /// <summary>Longer than all that the script waits for by itself.</summary>
    private static readonly TimeSpan ReachDeadline = TimeSpan.FromSeconds(90);

    private static readonly string ReachScript = HostScripts.Read("Migrations/reach-target.sh");
    private static readonly string FilesScript = HostScripts.Read("Migrations/lacking-files.sh");

    /// <summary><c>$1</c> UUID.</summary>
    private const string SourceScript = "virsh -r \"dumpxml $1; dumpxml --inactive $1; dominfo $1\"";

    /// <summary><c>$1</c> name, <c>$2</c> UUID, then libvirt networks. Prints what is taken or missing.</summary>
    private const string TargetScript =
        """
        known=$(virsh -r list --all --uuid --name) || exit
        printf '%s\n' "$known" | name=$1 uuid=$2 awk '{ id = $1; sub(/^ *[^ ]+ +/, ""); sub(/ +$/, "") } id == ENVIRON["uuid"] || $0 == ENVIRON["name"] { found = 1 } END { if (found) print "taken" }'
        shift 2
        active=$(virsh -r net-list --name) || exit
        for value; do
          printf '%s\n' "$active" | sed 's/ *$//' | grep -qxF -- "$value" || echo "network=$value"
        done
        """;

    /// <summary>Says <c>local</c> when the file is there and on no store. <c>$1</c> its path.</summary>
    private const string LocalFileScript =
        """
        timeout "$((5 * PACE))" test -f "$1" || { [ $? -eq 1 ]; exit; }
        kind=$(timeout "$((5 * PACE))" stat -f -c %T -- "$1") || exit
        [ "$kind" = nfs ] || echo local
        """;

    /// <summary>Names what libvirt keeps of the past of a guest beside its definition. <c>$1</c> UUID.</summary>
    private const string HistoryScript =
        """
        snapshots=$(virsh -r snapshot-list --name -- "$1") && checkpoints=$(virsh -r checkpoint-list --name -- "$1") || exit
        printf '%s\n' "$snapshots" | sed -n 's/^ *\([^ ].*\)/snapshot \1/p'
        printf '%s\n' "$checkpoints" | sed -n 's/^ *\([^ ].*\)/checkpoint \1/p'
        """;

    /// <inheritdoc/>
    public async Task<MigrationTargetFacts> ReadFactsAsync(
        IHostShell source, IHostShell target, DomainIdentity domain, bool isActive, string targetAddress, CancellationToken cancellationToken)
    {
        // What takes longest begins first. The definition of a guest that is off travels through the operator, so its hosts need not reach each other.
        var reaching = isActive ? ReachAsync(source, targetAddress, cancellationToken) : Task.FromResult<CommandResult?>(null);
        var needs = await ReadNeedsAsync(source, domain, cancellationToken);
        var knowing = FindLacksAsync(target, domain, needs, cancellationToken);
        string[] files = [.. needs.Bridges.Select(bridge => $"bridge={bridge}"), .. needs.Devices.Select(device => $"device={device}"), .. needs.Disks.Select(disk => $"disk={disk}"), .. needs.Firmware is { } firmware ? [$"firmware={firmware}"] : Array.Empty<string>()];
        var having = files.Length == 0 ? Task.FromResult(string.Empty) : target.ReadAsync(RemoteCommand.Script(FilesScript, files), cancellationToken);
        var comparing = CompareCpuAsync(source, target, domain, needs, cancellationToken);
        var running = needs.Machine is { } machine ? FindMachineRefusalAsync(target, machine, cancellationToken) : Task.FromResult<string?>(null);
        var keeping = !isActive && needs.FirmwareVariables is { } variables ? source.ReadAsync(RemoteCommand.Script(LocalFileScript, variables), cancellationToken) : Task.FromResult(string.Empty);
        var remembering = ReadHistoryAsync(source, domain, cancellationToken);
        var telling = isActive ? Task.WhenAll(ReadSelfAsync(source, cancellationToken), ReadSelfAsync(target, cancellationToken)) : Task.FromResult<HostSelf[]>([]);
        await Task.WhenAll(reaching, knowing, having, comparing, running, keeping, remembering, telling);

        var reached = await reaching;
        string[] way = reached?.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? ["command", "port"];
        var (isTaken, missingNetworks) = await knowing;
        var lacks = (await having).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (incompatibility, differ) = await comparing;
        return new MigrationTargetFacts(
            way.Contains("command", StringComparer.Ordinal),
            way.Contains("port", StringComparer.Ordinal),
            [.. missingNetworks, .. Found(lacks, "missing bridge="), .. Found(lacks, "missing device=")],
            [.. Found(lacks, "missing disk=")],
            isTaken,
            needs.HostDevices,
            needs.UnsafeCacheDisks,
            incompatibility,
            reached?.ErrorSummary ?? string.Empty)
        {
            CommandIsLate = way.Contains("late", StringComparer.Ordinal),
            ShellTalk = Found(way, "talk ").FirstOrDefault(),
            SameIdentity = await telling is [var here, var there] ? here.SharedWith(there) : null,
            UnknownDisks = [.. Found(lacks, "unknown disk=")],
            MachineType = needs.Machine?.Type,
            MachineRefusal = await running,
            MissingFirmware = Found(lacks, "missing firmware=").FirstOrDefault(),
            UnmovableDevices = needs.UnmovableDevices,
            HostProcessorsDiffer = differ,
            HostDisks = needs.HostDisks,
            HasSavedState = needs.HasSavedState,
            History = await remembering,
            LocalFirmwareVariables = (await keeping).Length > 0 ? needs.FirmwareVariables : null,
        };
    }

    /// <inheritdoc/>
    public Task<JobState> StartAsync(IHostShell source, JobName name, DomainIdentity domain, MigrationOptions options, CancellationToken cancellationToken) =>
        jobs.StartAsync(source, name, Arguments(domain, options), new JobOptions(), cancellationToken);

    /// <inheritdoc/>
    public Task<(JobState Job, MigrationProgress? Progress)> WatchAsync(
        IHostShell source, JobName name, DomainIdentity domain, TimeSpan patience, CancellationToken cancellationToken) => hosts.RunAsync(
        source,
        async libvirt =>
        {
            var (job, _) = await jobs.WatchAsync(source, name, patience, ["true"], cancellationToken);
            return (job, job.Phase == JobPhase.Running ? await FollowAsync(libvirt, domain, cancellationToken) : null);
        },
        async () =>
        {
            var (job, answer) = await jobs.WatchAsync(source, name, patience, ["virsh", "domjobinfo", domain.Reference, "--rawstats"], cancellationToken);
            return (job, JobInfoParser.Parse(answer));
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<MigrationProgress?> ReadCompletedAsync(IHostShell target, DomainIdentity domain, CancellationToken cancellationToken) => hosts.RunAsync(
        target,
        libvirt => LibvirtMoves.ReadProgressAsync(libvirt, domain.Uuid, completed: true, cancellationToken),
        async () =>
        {
            var result = await target.RunAsync(RemoteCommand.Of("virsh", "domjobinfo", domain.Reference, "--rawstats", "--completed", "--keep-completed"), cancellationToken);
            return result.Succeeded ? JobInfoParser.Parse(result.OutputText) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AbortAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken) => hosts.RunAsync(
        source,
        libvirt => LibvirtMoves.AbortAsync(libvirt, domain.Uuid, cancellationToken),
        async () =>
        {
            const string inPostCopy = "post-copy";
            var result = await TellMoveAsync(source, RemoteCommand.Of("virsh", "domjobabort", domain.Reference), ["no job is active", inPostCopy], cancellationToken);
            return !result.ErrorText.Contains(inPostCopy, StringComparison.Ordinal);
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task SwitchToPostCopyAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken) => hosts.RunAsync(
        source,
        async libvirt =>
        {
            await LibvirtMoves.SwitchToPostCopyAsync(libvirt, domain.Uuid, cancellationToken);
            return true;
        },
        async () =>
        {
            await TellMoveAsync(
                source, RemoteCommand.Of("virsh", "migrate-postcopy", domain.Reference), ["while outgoing migration is in progress", "already in post-copy"], cancellationToken);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> MoveStoppedAsync(IHostShell source, IHostShell target, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var xml = await domains.ReadDefinitionAsync(source, domain, cancellationToken);
        // Between the two steps both hosts have the definition: it is on both or on the target, never on none, and nothing starts it here.
        await DefineAsync(target, xml, cancellationToken);
        if (KeptDefinition.HasEmulatedTpm(XElement.Parse(xml)))
        {
            await kept.SendTpmAsync(source, target, domain.Uuid, cancellationToken);
        }

        if (await domains.UndefineStoppedAsync(source, domain, cancellationToken))
        {
            return true;
        }

        // Somebody started it in between. Here it runs, so there it must not be startable.
        await domains.UndefineStoppedAsync(target, domain, cancellationToken);
        return false;
    }

    /// <inheritdoc/>
    public Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => domains.IsPersistentAsync(host, domain, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RemoveLeftoverAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => domains.UndefineStoppedAsync(host, domain, cancellationToken);

    internal static IReadOnlyList<string> Arguments(DomainIdentity domain, MigrationOptions options)
    {
        var address = options.TargetAddress.Contains(':', StringComparison.Ordinal) ? $"[{options.TargetAddress}]" : options.TargetAddress;
        // Not by its name: a domain of the same name that somebody made in between is not moved.
        var guest = domain.Uuid.ToString();
        List<string> arguments =
        [
            "virsh", "migrate", "--live", "--p2p", "--persistent", "--undefinesource", "--abort-on-error",
            guest, $"qemu+ssh://root@{address}/system", $"tcp://{address}",
        ];
        if (options.AutoConverge)
        {
            arguments.Add("--auto-converge");
        }

        if (options.PostCopy)
        {
            arguments.Add("--postcopy");
        }

        if (options.AllowUnsafe)
        {
            arguments.Add("--unsafe");
        }

        if (options.BandwidthMebiBytesPerSecond is { } bandwidth)
        {
            arguments.AddRange(["--bandwidth", bandwidth.ToString(CultureInfo.InvariantCulture)]);
        }

        if (options.MaximumDowntime is { } downtime)
        {
            // virsh has no option for it, and libvirt takes it only while the move runs.
            const string script =
                """
                milliseconds=$1 domain=$2
                shift 2
                "$@" &
                while kill -0 $! 2>/dev/null && ! virsh migrate-setmaxdowntime "$domain" "$milliseconds" 2>/dev/null; do sleep 0.2; done
                wait $!
                """;
            return ["/bin/sh", "-c", script, "kvm-operator", ((long)downtime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), guest, .. arguments];
        }

        return arguments;
    }

    /// <summary>Tells libvirt something about a running move. That there is none (any more) is no error.</summary>
    private static async Task<CommandResult> TellMoveAsync(IHostShell source, RemoteCommand command, string[] noMove, CancellationToken cancellationToken)
    {
        var result = await source.RunAsync(command, cancellationToken);
        string[] nothingToTell = [.. noMove, "failed to get domain", "domain is not running"];
        return nothingToTell.Any(words => result.ErrorText.Contains(words, StringComparison.Ordinal)) ? result : result.EnsureSuccess(source, command);
    }

    /// <summary>How far the move is; null when libvirt does not tell: what became of the job is worth more, and is known.</summary>
    private static async Task<MigrationProgress?> FollowAsync(HostLibvirt libvirt, DomainIdentity domain, CancellationToken cancellationToken)
    {
        try
        {
            return await LibvirtMoves.ReadProgressAsync(libvirt, domain.Uuid, completed: false, cancellationToken);
        }
        catch (Exception silent) when (silent is LibvirtUnavailableException or DeadlineExceededException)
        {
            return null;
        }
    }

    private Task<MigrationNeeds> ReadNeedsAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken) => hosts.RunAsync(
        source,
        libvirt => LibvirtMoves.ReadNeedsAsync(libvirt, domain.Uuid, cancellationToken),
        async () => MigrationNeeds.Parse(await source.ReadAsync(RemoteCommand.Script(SourceScript, domain.Uuid.ToString()), cancellationToken)),
        cancellationToken);

    private Task<(bool IsTaken, IReadOnlyList<string> MissingNetworks)> FindLacksAsync(
        IHostShell target, DomainIdentity domain, MigrationNeeds needs, CancellationToken cancellationToken) => hosts.RunAsync(
        target,
        libvirt => LibvirtMoves.FindLacksAsync(libvirt, domain.Uuid, needs, cancellationToken),
        async () =>
        {
            const string network = "network=";
            var lacks = (await target.ReadAsync(RemoteCommand.Script(TargetScript, [needs.Name, domain.Uuid.ToString(), .. needs.Networks]), cancellationToken))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            IReadOnlyList<string> missing = [.. lacks.Where(lack => lack.StartsWith(network, StringComparison.Ordinal)).Select(lack => lack[network.Length..])];
            return (lacks.Contains("taken", StringComparer.Ordinal), missing);
        },
        cancellationToken);

    private Task<string?> FindMachineRefusalAsync(IHostShell target, GuestMachine machine, CancellationToken cancellationToken) => hosts.RunAsync(
        target,
        libvirt => LibvirtMoves.FindMachineRefusalAsync(libvirt, machine, cancellationToken),
        async () =>
        {
            var command = RemoteCommand.Of("virsh", machine.Question);
            var result = await target.RunAsync(command, cancellationToken);
            return result.Succeeded ? null : GuestMachine.IsRefusal(result.ErrorText) ? result.ErrorSummary : throw new CommandFailedException(target.Name, command, result);
        },
        cancellationToken);

    private Task<HostSelf> ReadSelfAsync(IHostShell host, CancellationToken cancellationToken) => hosts.RunAsync(
        host,
        libvirt => LibvirtMoves.ReadSelfAsync(libvirt, cancellationToken),
        async () => HostSelf.Of(
            await host.ReadAsync(RemoteCommand.Of("virsh", "-r", "hostname"), cancellationToken), await host.ReadAsync(RemoteCommand.Of("virsh", "-r", "capabilities"), cancellationToken)),
        cancellationToken);

    private static IEnumerable<string> Found(IEnumerable<string> lines, string word) =>
        lines.Where(line => line.StartsWith(word, StringComparison.Ordinal)).Select(line => line[word.Length..]);

    private Task<IReadOnlyList<string>> ReadHistoryAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken) => hosts.RunAsync(
        source,
        libvirt => LibvirtMoves.ReadHistoryAsync(libvirt, domain.Uuid, cancellationToken),
        async () => (IReadOnlyList<string>)(await source.ReadAsync(RemoteCommand.Script(HistoryScript, domain.Uuid.ToString()), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries),
        cancellationToken);

    private Task<bool> DefineAsync(IHostShell target, string xml, CancellationToken cancellationToken) => hosts.RunAsync(
        target,
        async libvirt =>
        {
            await LibvirtMoves.DefineAsync(libvirt, xml, cancellationToken);
            return true;
        },
        async () => (await target.RequireAsync(RemoteCommand.Of("virsh", "define", "--validate", "/dev/stdin").WithInput(xml), cancellationToken)).Succeeded,
        cancellationToken);

    private static async Task<CommandResult?> ReachAsync(IHostShell source, string targetAddress, CancellationToken cancellationToken) =>
        await source.RunAsync(RemoteCommand.Script(ReachScript, targetAddress, ProbedMigrationPort).WithDeadline(ReachDeadline), cancellationToken);

    /// <returns>Why the target cannot give the processor, null when it can; and whether the hosts' own processors differ where that matters.</returns>
    private async Task<(string? Incompatibility, bool Differ)> CompareCpuAsync(
        IHostShell source, IHostShell target, DomainIdentity domain, MigrationNeeds needs, CancellationToken cancellationToken)
    {
        switch (needs.Processor)
        {
            case ProcessorNeed.AsDefined:
                return (await cpuBaseline.FindIncompatibilityAsync(target, needs.ProcessorXml!, cancellationToken), false);
            case ProcessorNeed.AsStarted:
                // Only a connection that may write is told what can be sent to another host.
                var sent = await hosts.RunAsync(
                    source,
                    libvirt => LibvirtMoves.ReadSentAsync(libvirt, domain.Uuid, cancellationToken),
                    async () => XElement.Parse(await source.ReadAsync(RemoteCommand.Of("virsh", "dumpxml", "--migratable", "--update-cpu", "--", domain.Uuid.ToString()), cancellationToken)),
                    cancellationToken);
                return (sent.Element("cpu") is { } cpu ? await cpuBaseline.FindIncompatibilityAsync(target, cpu.ToString(), cancellationToken) : null, false);
            case ProcessorNeed.SameHost:
                var both = await Task.WhenAll(cpuBaseline.ReadHostCpuAsync(source, cancellationToken), cpuBaseline.ReadHostCpuAsync(target, cancellationToken));
                return (null, !string.Equals(both[0], both[1], StringComparison.Ordinal));
            default:
                return (null, false);
        }
    }
}
