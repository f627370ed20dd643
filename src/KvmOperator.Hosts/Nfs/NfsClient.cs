using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Mounts stores with hard mounts in units of their own.</summary>
internal sealed class NfsClient : INfsClient
{
    private const string Mark = "# Written by kvm-operator";

    private static readonly string[] Refused = ["soft", "softerr", "softreval", "nolock", "local_lock"];

    private const string ListScript =
        $"""
        grep -l '^{Mark}' /etc/systemd/system/*.mount 2>/dev/null | while read -r unit; do sed -n 's/^Where=//p' "$unit"; done
        """;

    /// <summary>
    /// <c>foreign FILE PATH</c> prints the first things in a folder that no unit of ours was made for: a store on top would hide them, and they may be disks of guests.
    /// </summary>
    private const string Foreign =
        $$"""
        foreign() {
          grep -q '^{{Mark}}' "$1" 2>/dev/null || timeout -k 1 "$((5 * PACE))" ls -A -- "$2" 2>/dev/null | grep -vx 'lost+found' | head -n 3 | tr '\n' ' '
        }
        refusal() { echo "the folder $1 holds files that the store would hide (${2% }): move them away, or choose another spec.mountPath for the NfsStore; nothing was touched"; }
        """;

    /// <summary>
    /// <c>$1</c> is the path, <c>$2</c> the source; the unit's text comes on standard input. Of the options only those are compared that the kernel shows as they were given.
    /// </summary>
    private const string CheckScript = Foreign + "\n" +
        """
        unit=$(systemd-escape --path --suffix=mount -- "$1")
        file=/etc/systemd/system/$unit
        wanted=$(cat)
        [ "$(cat "$file" 2>/dev/null)" = "$wanted" ] || echo "drift the mount of $1 is not set up as wanted"
        systemctl is-enabled --quiet "$unit" 2>/dev/null || echo "drift $1 is not mounted after a restart"
        # The table of mounts is read without touching the mount itself, which holds whoever does when the server is away.
        mounted=$(awk -v path="$1" '$2 == path { mount = $1 " " $3 } END { print mount }' /proc/self/mounts)
        case $mounted in
          "$2 nfs"|"$2 nfs4") timeout -k 1 "$((5 * PACE))" stat -f -- "$1" >/dev/null 2>&1 || echo "blocked $2 does not answer: check the server and the network to it" ;;
          '')
            echo "drift $1 is not mounted"
            held=$(foreign "$file" "$1")
            [ -z "$held" ] || echo "blocked $(refusal "$1" "$held")"
            ;;
          *) echo "blocked something else is mounted on $1: $mounted" ;;
        esac
        options=$(printf '%s\n' "$wanted" | sed -n 's/^Options=//p')
        live=$(awk -v path="$1" '$2 == path { options = $4 } END { print options }' /proc/self/mounts)
        value() { printf '%s\n' "$1" | tr ',' '\n' | sed -n "s/^\(nfs\)*$2=//p" | tail -n 1; }
        older=
        for option in vers timeo retrans; do
          have=$(value "$live" "$option") want=$(value "$options" "$option")
          [ -z "$have" ] || [ -z "$want" ] || case $have in "$want"|"$want".*) ;; *) older="$older, $option=$have instead of $want" ;; esac
        done
        [ -z "$older" ] || echo "later $1 is still mounted with ${older#, }; what is wanted takes effect when it is mounted anew: restart the host in maintenance, or unmount it there when nothing uses it (systemctl stop $unit)"
        echo "ready $2 is mounted on $1"
        """;

    /// <summary>A foreign mount or unit of that name is left alone: then systemd or the next check says so.</summary>
    private const string MountScript = Foreign + "\n" +
        $"""
        unit=$(systemd-escape --path --suffix=mount -- "$1")
        file=/etc/systemd/system/$unit
        if [ -f "$file" ] && ! grep -q '^{Mark}' "$file"; then echo "$file belongs to somebody else" >&2; exit 1; fi
        if ! grep -qF " $1 nfs" /proc/self/mounts && held=$(foreign "$file" "$1") && [ -n "$held" ]; then refusal "$1" "$held" >&2; exit 1; fi
        timeout -k 1 "$((10 * PACE))" mkdir -p -- "$1" && cat > "$file.new" && mv -f "$file.new" "$file" && systemctl daemon-reload || exit 1
        systemctl enable --quiet "$unit" && timeout "$((45 * PACE))" systemctl start "$unit"
        """;

    /// <summary>
    /// <c>$1</c> is the path, <c>$2</c> whether the host is <c>leaving</c>: then a mount whose server is away is detached, because nothing else could end it. Not while files
    /// are open there: they may be disks of a person's guest, which waits for the server. The helper for NFS is passed by, and no path is looked up: both could wait, too.
    /// </summary>
    private const string UnmountScript =
        $"""
        unit=$(systemd-escape --path --suffix=mount -- "$1")
        file=/etc/systemd/system/$unit
        grep -q '^{Mark}' "$file" 2>/dev/null || exit 0
        if grep -qF " $1 nfs" /proc/self/mounts && ! said=$(timeout "$((45 * PACE))" systemctl stop "$unit" 2>&1); then
          if timeout -k 1 "$((5 * PACE))" stat -f -- "$1" >/dev/null 2>&1; then
            printf '%s\n' "$said" "$1 cannot be unmounted because something uses it: see on the machine what (fuser -vm $1), and end that" >&2
            exit 1
          elif [ "$2" = leaving ] && [ -n "$(find /proc/[0-9]*/fd -lname "$1/*" 2>/dev/null | head -n 1)" ]; then
            echo "$1 cannot be unmounted because its server does not answer and processes have files open there (find /proc/[0-9]*/fd -lname '$1/*'): bring the server back, or end them" >&2
            exit 1
          elif [ "$2" = leaving ]; then
            timeout -k 1 "$((20 * PACE))" umount -l -i -c -- "$1" || exit 1
          else
            printf '%s\n' "$said" "$1 cannot be unmounted because its server does not answer: bring the server back, or restart the machine" >&2
            exit 1
          fi
        fi
        systemctl disable --quiet "$unit"
        rm -f "$file"
        systemctl daemon-reload
        """;

    private static readonly string AccessScript = HostScripts.Read("Nfs/store-access.sh");

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(IHostShell host, CancellationToken cancellationToken) =>
        (await host.ReadAsync(RemoteCommand.Script(ListScript), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(CheckScript, store.MountPath, Source(store)).WithInput(Unit(store));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task MountAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken) => await host.RequireAsync(
        RemoteCommand.Script(MountScript, store.MountPath).WithInput(Unit(store) + "\n").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task UnmountAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(UnmountScript, mountPath, "staying").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task LeaveAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(UnmountScript, mountPath, "leaving").WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreAccess> TestAccessAsync(IHostShell host, string mountPath, string? knownId, CancellationToken cancellationToken)
    {
        try
        {
            var result = await host.RunAsync(RemoteCommand.Script(AccessScript, mountPath, knownId ?? string.Empty).WithDeadline(TimeSpan.FromSeconds(20)), cancellationToken);
            return result.Succeeded
                ? new StoreAccess(Works: true, result.OutputText.Trim(), string.Empty)
                : new StoreAccess(Works: false, string.Empty, result.ErrorSummary);
        }
        catch (DeadlineExceededException)
        {
            return new StoreAccess(Works: false, string.Empty, "the store does not answer");
        }
    }

    internal static string Unit(StoreMount store)
    {
        var options = store.Options.Select(PlainWordOption).Where(option => !Refused.Contains(option.Split('=')[0], StringComparer.Ordinal));
        return $"""
            {Mark}
            [Unit]
            Description=Store of virtual machines
            Wants=network-online.target
            After=network-online.target
            Before=libvirtd.service virtqemud.service

            [Mount]
            What={Source(store)}
            Where={PlainWord.Require(store.MountPath)}
            Type=nfs
            Options={string.Join(',', [$"vers={PlainWord.Require(store.NfsVersion)}", "hard", "_netdev", .. options])}
            TimeoutSec=40

            [Install]
            WantedBy=remote-fs.target
            """;
    }

    private static string Source(StoreMount store)
    {
        var server = PlainWord.Require(store.Server);
        return $"{(server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server)}:{PlainWord.Require(store.ExportPath)}";
    }

    private static string PlainWordOption(string option)
    {
        var parts = option.Split('=', 2);
        return string.Join('=', parts.Select(PlainWord.Require));
    }
}
