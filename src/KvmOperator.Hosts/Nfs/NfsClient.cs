using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Mounts stores with hard mounts in units of their own.</summary>
internal sealed class NfsClient : INfsClient
{
    private const string Mark = "# Written by kvm-operator";

    private static readonly string[] Refused = ["soft", "softerr", "softreval", "nolock", "local_lock"];

    private static readonly string Script = HostScripts.Read("Nfs/nfs-client.sh");

    /// <summary>
    /// The file is made as root and handed to QEMU's user, as libvirt does it with disks. The lock is one of the server's, as QEMU's are.
    /// </summary>
    private const string AccessScript =
        """
        user=$(getent passwd libvirt-qemu qemu | head -n 1 | cut -d : -f 1)
        [ -n "$user" ] || { echo 'QEMU has no user here: libvirt is not installed' >&2; exit 1; }
        mountpoint -q -- "$1" || { echo "$1 is not mounted" >&2; exit 1; }
        mark=$1/.kvm-operator-store
        if [ ! -s "$mark" ]; then
          draft=$(mktemp "$1/.kvm-operator-XXXXXX") && cat /proc/sys/kernel/random/uuid > "$draft" && chmod 0644 "$draft" || exit 1
          ln "$draft" "$mark" 2>/dev/null
          rm -f "$draft"
        fi
        file=$(mktemp "$1/.kvm-operator-test-XXXXXX") || exit 1
        trap 'rm -f "$file"' EXIT
        chown "$user" "$file" || exit 1
        said=$(cat /proc/sys/kernel/random/uuid)
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
          flock --nonblock "$file" sh -c 'printf %s "$1" | dd of="$2" conv=notrunc,fsync status=none' sh "$said" "$file" || exit 1
        [ "$(cat "$file")" = "$said" ] || { echo 'what was written could not be read back' >&2; exit 1; }
        cat "$mark"
        """;

    /// <summary>Behind the test. Disks belong to this number, not to the name.</summary>
    private const string UserScript = "\nid -u \"$user\"";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(IHostShell host, CancellationToken cancellationToken) =>
        (await host.ReadAsync(RemoteCommand.Script(Script, "list"), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(Script, Arguments("check", store)).WithInput(Unit(store));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }

    /// <inheritdoc/>
    public async Task MountAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken) => await host.RequireAsync(
        RemoteCommand.Script(Script, Arguments("mount", store)).WithInput(Unit(store) + "\n").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task UnmountAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(Script, "unmount", mountPath, "staying").WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken);

    /// <inheritdoc/>
    public async Task LeaveAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) =>
        await host.RequireAsync(RemoteCommand.Script(Script, "unmount", mountPath, "leaving").WithDeadline(TimeSpan.FromMinutes(2)), cancellationToken);

    /// <inheritdoc/>
    public async Task<StoreAccess> TestAccessAsync(IHostShell host, string mountPath, CancellationToken cancellationToken)
    {
        try
        {
            var result = await host.RunAsync(RemoteCommand.Script(AccessScript + UserScript, mountPath).WithDeadline(TimeSpan.FromSeconds(20)), cancellationToken);
            return result.Succeeded
                ? Access(result.OutputText.Trim().Split('\n'))
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

    private static StoreAccess Access(string[] words) => new(Works: true, words[0], string.Empty) { QemuUser = words.ElementAtOrDefault(1) ?? string.Empty };

    private static string[] Arguments(string verb, StoreMount store) => [verb, store.MountPath, NetworkAddress.Canonical(PlainWord.Require(store.Server)), PlainWord.Require(store.ExportPath)];

    private static string Source(StoreMount store)
    {
        var server = NetworkAddress.Canonical(PlainWord.Require(store.Server));
        return $"{(server.Contains(':', StringComparison.Ordinal) ? $"[{server}]" : server)}:{PlainWord.Require(store.ExportPath)}";
    }

    private static string PlainWordOption(string option)
    {
        var parts = option.Split('=', 2);
        return string.Join('=', parts.Select(PlainWord.Require));
    }
}
