using System.Globalization;
using System.Xml.Linq;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Moves guests with <c>virsh migrate --p2p</c> in a job.</summary>
internal sealed class VirshMigrations(IHostJobs jobs, IDomains domains, ICpuBaseline cpuBaseline) : IMigrations
{
    private const string FirstMigrationPort = "49152";

    /// <summary>A closed port that answers with a reset is reachable; a firewall's silence or refusal is not. <c>$1</c> address, <c>$2</c> port.</summary>
    private const string ReachScript =
        """
        timeout 40 ssh -o BatchMode=yes -o ConnectTimeout=15 "root@$1" virsh -r -c qemu:///system uri >/dev/null
        case $? in 0) echo command ;; 124) echo late ;; esac
        answer=$(timeout 15 bash -c 'exec 3<>"/dev/tcp/$1/$2"' port "$1" "$2" 2>&1)
        case $?/$answer in 0/*|*'Connection refused'*) echo port ;; *) printf '%s\n' "$answer" >&2 ;; esac
        """;

    /// <summary><c>$1</c> name, <c>$2</c> UUID, then <c>network=…</c>, <c>bridge=…</c> and <c>disk=…</c>. Prints what is taken or missing.</summary>
    private const string TargetScript =
        """
        known=$(virsh -r list --all --uuid --name) || exit
        printf '%s\n' "$known" | awk -v uuid="$2" -v name="$1" '$1 == uuid || $2 == name { found = 1 } END { if (found) print "taken" }'
        shift 2
        active=$(virsh -r net-list --name)
        for need; do
          value=${need#*=}
          case $need in
            network=*) printf '%s\n' "$active" | sed 's/ *$//' | grep -qxF -- "$value" || echo "$need" ;;
            bridge=*) [ -d "/sys/class/net/$value/bridge" ] || echo "$need" ;;
            disk=*) timeout 5 test -f "$value" || echo "$need" ;;
          esac
        done
        """;

    /// <inheritdoc/>
    public async Task<MigrationTargetFacts> ReadFactsAsync(
        IHostShell source, IHostShell target, DomainIdentity domain, string targetAddress, CancellationToken cancellationToken)
    {
        var xml = XElement.Parse(await domains.ReadXmlAsync(source, domain, live: true, cancellationToken));
        var devices = xml.Element("devices");
        var disks = devices?.Elements("disk").Where(disk => disk.Element("source")?.Attribute("file") is not null).ToList() ?? [];
        var interfaces = devices?.Elements("interface").Select(element => element.Element("source")).OfType<XElement>().ToList() ?? [];
        IEnumerable<string> needs =
        [
            .. interfaces.Select(element => (string?)element.Attribute("network")).OfType<string>().Select(network => $"network={network}"),
            .. interfaces.Where(element => element.Attribute("network") is null).Select(element => (string?)element.Attribute("bridge")).OfType<string>().Select(bridge => $"bridge={bridge}"),
            .. disks.Select(disk => $"disk={DiskPath(disk)}"),
        ];

        var reaching = source.RunAsync(RemoteCommand.Script(ReachScript, targetAddress, FirstMigrationPort).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);
        var having = target.ReadAsync(RemoteCommand.Script(TargetScript, [domain.DomainName, domain.Uuid.ToString(), .. needs]), cancellationToken);
        var comparing = CompareCpuAsync(source, target, domain, cancellationToken);
        var reached = await reaching;
        var lacks = (await having).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        return new MigrationTargetFacts(
            reached.OutputText.Contains("command", StringComparison.Ordinal),
            reached.OutputText.Contains("port", StringComparison.Ordinal),
            [.. lacks.Where(need => need.StartsWith("network=", StringComparison.Ordinal) || need.StartsWith("bridge=", StringComparison.Ordinal)).Select(need => need.Split('=', 2)[1])],
            [.. lacks.Where(need => need.StartsWith("disk=", StringComparison.Ordinal)).Select(need => need.Split('=', 2)[1])],
            lacks.Contains("taken", StringComparer.Ordinal),
            devices?.Element("hostdev") is not null,
            [.. disks.Where(disk => IsWritable(disk) && (string?)disk.Element("driver")?.Attribute("cache") is not ("none" or "directsync")).Select(DiskPath)],
            await comparing,
            reached.ErrorSummary)
        {
            CommandIsLate = reached.OutputText.Contains("late", StringComparison.Ordinal),
        };
    }

    /// <inheritdoc/>
    public async Task<JobState> StartAsync(IHostShell source, JobName name, DomainIdentity domain, MigrationOptions options, CancellationToken cancellationToken)
    {
        var known = await jobs.ReadAsync(source, name, cancellationToken);
        if (known.Phase != JobPhase.Missing)
        {
            return known;
        }

        // Reading the definition proves that the domain is there and ours.
        await domains.ReadXmlAsync(source, domain, live: false, cancellationToken);
        return await jobs.StartAsync(source, name, Arguments(domain, options), new JobOptions(), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<MigrationProgress?> ReadProgressAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var result = await source.RunAsync(RemoteCommand.Of("virsh", "domjobinfo", domain.Reference, "--rawstats"), cancellationToken);
        return result.Succeeded ? JobInfoParser.Parse(result.OutputText) : null;
    }

    /// <inheritdoc/>
    public async Task<MigrationProgress?> ReadCompletedAsync(IHostShell target, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var result = await target.RunAsync(
            RemoteCommand.Of("virsh", "domjobinfo", domain.Reference, "--rawstats", "--completed", "--keep-completed"), cancellationToken);
        return result.Succeeded ? JobInfoParser.Parse(result.OutputText) : null;
    }

    /// <inheritdoc/>
    public async Task AbortAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Of("virsh", "domjobabort", domain.Reference);
        var result = await source.RunAsync(command, cancellationToken);
        var nothingToAbort = result.ErrorText.Contains("no job is active", StringComparison.Ordinal)
            || result.ErrorText.Contains("failed to get domain", StringComparison.Ordinal)
            || result.ErrorText.Contains("domain is not running", StringComparison.Ordinal);
        if (!nothingToAbort)
        {
            result.EnsureSuccess(source, command);
        }
    }

    /// <inheritdoc/>
    public async Task SwitchToPostCopyAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken) =>
        await source.RequireAsync(RemoteCommand.Of("virsh", "migrate-postcopy", domain.Reference), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> MoveStoppedAsync(IHostShell source, IHostShell target, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var xml = await domains.ReadXmlAsync(source, domain, live: false, cancellationToken);
        // Between the two steps both hosts have the definition: it is on both or on the target, never on none, and nothing starts it here.
        await target.RequireAsync(RemoteCommand.Of("virsh", "define", "--validate", "/dev/stdin").WithInput(xml), cancellationToken);
        if (await domains.UndefineStoppedAsync(source, domain, cancellationToken))
        {
            return true;
        }

        // Somebody started it in between. Here it runs, so there it must not be startable.
        await domains.UndefineStoppedAsync(target, domain, cancellationToken);
        return false;
    }

    /// <inheritdoc/>
    public Task<bool> RemoveLeftoverAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => domains.UndefineStoppedAsync(host, domain, cancellationToken);

    internal static IReadOnlyList<string> Arguments(DomainIdentity domain, MigrationOptions options)
    {
        var address = options.TargetAddress.Contains(':', StringComparison.Ordinal) ? $"[{options.TargetAddress}]" : options.TargetAddress;
        List<string> arguments =
        [
            "virsh", "migrate", "--live", "--p2p", "--persistent", "--undefinesource", "--abort-on-error",
            domain.Reference, $"qemu+ssh://root@{address}/system", $"tcp://{address}",
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
            return ["/bin/sh", "-c", script, "kvm-operator", ((long)downtime.TotalMilliseconds).ToString(CultureInfo.InvariantCulture), domain.Reference, .. arguments];
        }

        return arguments;
    }

    private static bool IsWritable(XElement disk) => disk.Element("readonly") is null && disk.Element("shareable") is null;

    private static string DiskPath(XElement disk) => (string)disk.Element("source")!.Attribute("file")!;

    /// <summary>
    /// Compares the processor that the definition asks for. The running guest's XML also lists what QEMU added by itself, and libvirt then refuses targets that take the guest without trouble.
    /// </summary>
    private async Task<string?> CompareCpuAsync(IHostShell source, IHostShell target, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var defined = XElement.Parse(await domains.ReadXmlAsync(source, domain, live: false, cancellationToken));
        return defined.Element("cpu") is { } cpu && (string?)cpu.Attribute("mode") == "custom"
            ? await cpuBaseline.FindIncompatibilityAsync(target, cpu.ToString(), cancellationToken)
            : null;
    }
}
