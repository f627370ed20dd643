using System.Globalization;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Changes domains with virsh. Each script first asks whether the domain is ours.</summary>
internal sealed class VirshDomains : IDomains
{
    private const int MissingStatus = 76;
    private const int NotOwnedStatus = 77;

    /// <summary>
    /// <c>$1</c> is the domain. Defines <c>active</c>, which tells whether a guest runs, and <c>tpm</c>, which prints an option of <c>undefine</c> for a guest that has a TPM, where virsh knows it
    /// (libvirt drops the state otherwise, and cannot be told before 8.9).
    /// </summary>
    private const string Guard =
        $"""
        domain=$1
        shift
        state=$(virsh -r domstate -- "$domain" 2>&1) || case $state in *"failed to get domain"*) exit 76 ;; *) printf '%s\n' "$state" >&2; exit 1 ;; esac
        virsh -r dumpxml --inactive -- "$domain" | grep -q '{OwnerMarker.XmlNamespace}' || exit 77
        active() {"{"} [ "$(virsh -r domstate -- "$domain")" != 'shut off' ]; {"}"}
        tpm() {"{"} virsh -r dumpxml --inactive -- "$domain" | grep -q '<tpm ' && virsh help undefine | grep -qe "$1" && echo "$1"; {"}"}
        """;

    /// <summary>Defines what stands on standard input, unless a domain of this name is there that is not ours.</summary>
    private const string DefineScript =
        $"""
        if current=$(virsh -r dumpxml --inactive -- "$1" 2>/dev/null); then
          printf %s "$current" | grep -q '{OwnerMarker.XmlNamespace}' || exit 77
        fi
        virsh define --validate /dev/stdin && virsh autostart --disable -- "$1"
        """;

    /// <summary>More than the definition's maximum is only for the next start. Status 75 means: not live.</summary>
    private const string VcpusScript = Guard + "\n" +
        """
        [ "$(virsh -r vcpucount --maximum --config -- "$domain")" -ge "$1" ] || virsh setvcpus --maximum --config -- "$domain" "$1" || exit 1
        virsh setvcpus --config -- "$domain" "$1" || exit 1
        if active; then virsh setvcpus --live -- "$domain" "$1" || exit 75; fi
        """;

    /// <summary>In KiB. A running guest gives memory back through its balloon, and never gets more than it was started with.</summary>
    private const string MemoryScript = Guard + "\n" +
        """
        virsh setmaxmem --config -- "$domain" "$1" && virsh setmem --config -- "$domain" "$1" || exit 1
        if active; then virsh setmem --live -- "$domain" "$1" || exit 75; fi
        """;

    private const int NotLiveStatus = 75;
    private const int ActiveStatus = 74;

    /// <summary>Status 74 means: not off. A guest that was started between the question and the removal would live on without a definition, so it gets it back.</summary>
    private const string UndefineStoppedScript = Guard + "\n" +
        """
        ! active || exit 74
        definition=$(virsh dumpxml --inactive --security-info -- "$domain") || exit 1
        virsh undefine --snapshots-metadata --checkpoints-metadata --keep-nvram $(tpm --keep-tpm) -- "$domain" || exit 1
        state=$(virsh -r domstate -- "$domain" 2>/dev/null) || exit 0
        printf '%s\n' "$definition" | virsh define /dev/stdin >&2 || exit 1
        exit 74
        """;

    /// <summary>Fails when libvirt does not answer, or lists the domain <c>$1</c>.</summary>
    private const string AbsenceScript =
        """
        all=$(virsh -r list --all --uuid --name) || exit 1
        printf '%s\n' "$all" | awk -v domain="$1" '$1 == domain || $2 == domain { found = 1 } END { exit found }' || { echo "libvirt names $1 and does not find it: it is asked again" >&2; exit 1; }
        """;

    private const string EndIt = "! active || virsh destroy -- \"$domain\";";

    /// <summary>What is said of the firmware's variables follows.</summary>
    private const string Undefine = "virsh undefine --managed-save --snapshots-metadata --checkpoints-metadata";

    /// <summary>libvirt asks a guest's agent for nobody who may only read.</summary>
    private const string AddressesScript = Guard + "\n" +
        """
        for source in agent lease arp; do
          case $source in agent) access= ;; *) access=-r ;; esac
          found=$(timeout "$((5 * PACE))" virsh $access -q domifaddr --source "$source" -- "$domain" 2>/dev/null | sed -n 's/.* ip[^ ]*  *\([^ /]*\).*/\1/p')
          [ -z "$found" ] || { printf '%s\n' "$found"; exit 0; }
        done
        """;

    /// <inheritdoc/>
    public async Task DefineAsync(IHostShell host, DomainIdentity domain, string xml, CancellationToken cancellationToken) =>
        await RunAsync(host, domain, RemoteCommand.Script(DefineScript, domain.Reference).WithInput(xml), cancellationToken);

    /// <inheritdoc/>
    public async Task<DomainState?> ReadStateAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        try
        {
            // libvirt's words for its states, in the C locale (virsh's domain-state.c).
            return (await RunAsync(host, domain, RemoteCommand.Script(Guard + "\nprintf '%s\\n' \"$state\"", domain.Reference), cancellationToken)).OutputText.Trim() switch
            {
                "running" => DomainState.Running,
                "idle" => DomainState.Blocked,
                "paused" => DomainState.Paused,
                "in shutdown" => DomainState.ShuttingDown,
                "shut off" => DomainState.ShutOff,
                "crashed" => DomainState.Crashed,
                "pmsuspended" => DomainState.Suspended,
                _ => DomainState.Unknown,
            };
        }
        catch (DomainMissingException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<string> ReadXmlAsync(IHostShell host, DomainIdentity domain, bool live, CancellationToken cancellationToken)
    {
        const string script = Guard + "\nvirsh -r dumpxml $1 -- \"$domain\"";
        return (await RunAsync(host, domain, RemoteCommand.Script(script, domain.Reference, live ? string.Empty : "--inactive"), cancellationToken)).OutputText;
    }

    /// <inheritdoc/>
    public async Task<string> ReadForeignXmlAsync(IHostShell host, Guid domain, bool live, CancellationToken cancellationToken) =>
        await host.ReadAsync(RemoteCommand.Of("virsh", ["-r", "dumpxml", .. live ? Array.Empty<string>() : ["--inactive"], "--", domain.ToString()]), cancellationToken);

    /// <inheritdoc/>
    public async Task AdoptAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        const string script =
            """
            mark() { virsh metadata "$1" --domain "$domain" --uri "$uri" --key kvmop --set "$owner"; }
            domain=$1 uri=$2 owner=$3
            ! virsh -r dumpxml --inactive -- "$domain" | grep -q "$uri" || exit 77
            virsh autostart --disable -- "$domain" && mark --config || exit 1
            if [ "$(virsh -r domstate -- "$domain")" != 'shut off' ]; then mark --live; fi
            """;
        var mark = new System.Xml.Linq.XElement("owner", new System.Xml.Linq.XAttribute("namespace", domain.Namespace), new System.Xml.Linq.XAttribute("name", domain.Name));
        await RunAsync(host, domain, RemoteCommand.Script(script, domain.Reference, OwnerMarker.XmlNamespace, mark.ToString()), cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        GuardedAsync(host, domain, "active || virsh start -- \"$domain\"", TimeSpan.FromMinutes(2), cancellationToken);

    /// <inheritdoc/>
    public Task ShutdownAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        GuardedAsync(host, domain, "! active || virsh shutdown -- \"$domain\"", RemoteCommand.DefaultDeadline, cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        GuardedAsync(host, domain, "virsh resume -- \"$domain\"", RemoteCommand.DefaultDeadline, cancellationToken);

    /// <inheritdoc/>
    public Task DestroyAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => GuardedAsync(
        host, domain, "! active || virsh destroy --graceful -- \"$domain\" || virsh destroy -- \"$domain\"", TimeSpan.FromMinutes(1), cancellationToken);

    /// <inheritdoc/>
    public Task UndefineAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        RemoveAsync(host, domain, $"{EndIt} {Undefine} --keep-nvram $(tpm --keep-tpm) -- \"$domain\"", cancellationToken);

    /// <inheritdoc/>
    public Task EraseAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        RemoveAsync(host, domain, $"{EndIt} {Undefine} --nvram $(tpm --tpm) -- \"$domain\"", cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        (await RunAsync(host, domain, RemoteCommand.Script(Guard + "\nvirsh -r dominfo -- \"$domain\" | grep -q '^Persistent: *yes' && echo yes; true", domain.Reference), cancellationToken))
            .OutputText.Trim() == "yes";

    /// <inheritdoc/>
    public async Task<bool> UndefineStoppedAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(UndefineStoppedScript, domain.Reference).WithDeadline(TimeSpan.FromMinutes(1));
        var result = await host.RunAsync(command, cancellationToken);
        return result.ExitStatus switch
        {
            ActiveStatus => false,
            MissingStatus => true,
            _ => Judge(host, domain, command, result).Succeeded,
        };
    }

    /// <inheritdoc/>
    public Task<bool> SetVcpusAsync(IHostShell host, DomainIdentity domain, int count, CancellationToken cancellationToken) =>
        LiveOrNotAsync(host, domain, RemoteCommand.Script(VcpusScript, domain.Reference, count.ToString(CultureInfo.InvariantCulture)), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> SetMemoryAsync(IHostShell host, DomainIdentity domain, long bytes, CancellationToken cancellationToken) =>
        LiveOrNotAsync(host, domain, RemoteCommand.Script(MemoryScript, domain.Reference, (bytes / 1024).ToString(CultureInfo.InvariantCulture)), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AttachDiskAsync(IHostShell host, DomainIdentity domain, GuestDisk disk, CancellationToken cancellationToken) =>
        DeviceAsync(host, domain, "attach-device", DomainXml.Disk(disk), $"target dev='{disk.Target}'", cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DetachDiskAsync(IHostShell host, DomainIdentity domain, string target, CancellationToken cancellationToken) =>
        ChangeAsync(host, domain, ["detach-disk", target], $"target dev='{target}'", cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AttachInterfaceAsync(IHostShell host, DomainIdentity domain, GuestInterface networkInterface, CancellationToken cancellationToken) =>
        DeviceAsync(host, domain, "attach-device", DomainXml.Interface(networkInterface), $"mac address='{networkInterface.MacAddress}'", cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DetachInterfaceAsync(IHostShell host, DomainIdentity domain, string macAddress, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n" +
            """
            mac=$1
            has() { virsh -r dumpxml $1 -- "$domain" | grep -q "mac address='$mac'"; }
            kind() { virsh -r -q domiflist $1 -- "$domain" | awk -v mac="$mac" '$5 == mac { print $2 }'; }
            if has --inactive; then virsh detach-interface --config -- "$domain" "$(kind --inactive)" "$mac" || exit 1; fi
            if active && has ''; then virsh detach-interface --live -- "$domain" "$(kind '')" "$mac" || exit 75; fi
            """;
        return LiveOrNotAsync(host, domain, RemoteCommand.Script(script, domain.Reference, macAddress), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> UpdateDeviceAsync(IHostShell host, DomainIdentity domain, string deviceXml, bool live, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n" +
            """
            device=$(mktemp) || exit 1
            trap 'rm -f "$device"' EXIT
            cat > "$device"
            case $1 in
              config) virsh update-device --config -- "$domain" "$device" ;;
              live) ! active || virsh update-device --live -- "$domain" "$device" || exit 75 ;;
            esac
            """;
        return LiveOrNotAsync(host, domain, RemoteCommand.Script(script, domain.Reference, live ? "live" : "config").WithInput(deviceXml), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task GrowDiskAsync(IHostShell host, DomainIdentity domain, string path, long bytes, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n! active || virsh blockresize -- \"$domain\" \"$1\" \"$2\"";
        await RunAsync(host, domain, RemoteCommand.Script(script, domain.Reference, path, string.Create(CultureInfo.InvariantCulture, $"{bytes}B")), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string> ReadDefinitionAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) =>
        (await RunAsync(host, domain, RemoteCommand.Script(Guard + "\nvirsh dumpxml --inactive --security-info -- \"$domain\"", domain.Reference), cancellationToken)).OutputText;

    /// <inheritdoc/>
    public async Task RedefineAsync(IHostShell host, DomainIdentity domain, string domainXml, CancellationToken cancellationToken) =>
        await RunAsync(host, domain, RemoteCommand.Script(Guard + "\nvirsh define /dev/stdin", domain.Reference).WithInput(domainXml), cancellationToken);

    /// <inheritdoc/>
    public async Task RememberMoveAsync(IHostShell host, DomainIdentity domain, MoveMark move, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n" +
            """
            remember() { virsh metadata "$1" --domain "$domain" --uri "$uri" --key "$key" --set "$moves"; }
            uri=$1 key=$2 moves=$3
            remember --config || exit 1
            ! active || remember --live
            """;
        if (MoveMark.With(await ReadXmlAsync(host, domain, live: false, cancellationToken), move) is { } moves)
        {
            await RunAsync(host, domain, RemoteCommand.Script(script, domain.Reference, MoveMark.XmlNamespace, MoveMark.Key, moves), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadAddressesAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        var found = await RunAsync(host, domain, RemoteCommand.Script(AddressesScript, domain.Reference), cancellationToken);
        return GuestAddresses.Useful(found.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Task<bool> ChangeAsync(IHostShell host, DomainIdentity domain, string[] verb, string deviceMark, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n" +
            """
            mark=$1 verb=$2 target=$3
            has() { virsh -r dumpxml $1 -- "$domain" | grep -qF "$mark"; }
            if has --inactive; then virsh "$verb" --config -- "$domain" "$target" || exit 1; fi
            if active && has ''; then virsh "$verb" --live -- "$domain" "$target" || exit 75; fi
            """;
        return LiveOrNotAsync(host, domain, RemoteCommand.Script(script, [domain.Reference, deviceMark, .. verb]), cancellationToken);
    }

    private static Task<bool> DeviceAsync(
        IHostShell host, DomainIdentity domain, string verb, string xml, string deviceMark, CancellationToken cancellationToken)
    {
        const string script = Guard + "\n" +
            """
            verb=$1 mark=$2
            device=$(mktemp) || exit 1
            trap 'rm -f "$device"' EXIT
            cat > "$device"
            has() { virsh -r dumpxml $1 -- "$domain" | grep -qF "$mark"; }
            if ! has --inactive; then virsh "$verb" --config -- "$domain" "$device" || exit 1; fi
            if active && ! has ''; then virsh "$verb" --live -- "$domain" "$device" || exit 75; fi
            """;
        return LiveOrNotAsync(host, domain, RemoteCommand.Script(script, domain.Reference, verb, deviceMark).WithInput(xml), cancellationToken);
    }

    private static async Task<bool> LiveOrNotAsync(IHostShell host, DomainIdentity domain, RemoteCommand command, CancellationToken cancellationToken)
    {
        var result = await host.RunAsync(command, cancellationToken);
        return result.ExitStatus != NotLiveStatus && Judge(host, domain, command, result).Succeeded;
    }

    private static async Task RemoveAsync(IHostShell host, DomainIdentity domain, string action, CancellationToken cancellationToken)
    {
        try
        {
            await GuardedAsync(host, domain, action, TimeSpan.FromMinutes(1), cancellationToken);
        }
        catch (DomainMissingException)
        {
            // What was to be removed is not there: done before. virsh says the same when libvirt went away during the question, so it is asked once more, in another way: disks may be
            // removed next.
            await host.RequireAsync(RemoteCommand.Script(AbsenceScript, domain.Reference), cancellationToken);
        }
    }

    private static async Task GuardedAsync(IHostShell host, DomainIdentity domain, string action, TimeSpan deadline, CancellationToken cancellationToken) =>
        await RunAsync(host, domain, RemoteCommand.Script(Guard + "\n" + action, domain.Reference).WithDeadline(deadline), cancellationToken);

    private static async Task<CommandResult> RunAsync(IHostShell host, DomainIdentity domain, RemoteCommand command, CancellationToken cancellationToken) =>
        Judge(host, domain, command, await host.RunAsync(command, cancellationToken));

    private static CommandResult Judge(IHostShell host, DomainIdentity domain, RemoteCommand command, CommandResult result) => result.ExitStatus switch
    {
        MissingStatus => throw new DomainMissingException(host.Name, domain),
        NotOwnedStatus => throw new DomainNotOwnedException(host.Name, domain),
        _ => result.EnsureSuccess(host, command),
    };
}
