using System.Globalization;
using System.Net;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Configures the kernel's NFS server.</summary>
internal sealed class NfsServer(PackageManager packages) : INfsServer
{
    private const string FenceFolder = "/etc/kvm-operator/fenced";

    private static readonly PackageSet Server = new("nfsserver", ["nfs-kernel-server"], ["nfs-utils"]);

    /// <summary><c>$1</c> export file, <c>$2</c> lease in seconds, <c>$3</c> path, <c>$4</c> options, then the clients. Defines what should be.</summary>
    private const string Wanted =
        $"""
        file=$1 lease=$2 path=$3 options=$4 fences={FenceFolder}
        shift 4
        wanted_export() {"{"}
          line=$path
          for client; do [ -e "$fences/$client" ] || line="$line $client($options)"; done
          [ "$line" = "$path" ] || printf '%s\n' "$line"
        {"}"}
        wanted_lease() {"{"} printf '[nfsd]\nlease-time=%s\ngrace-time=%s\n' "$lease" "$lease"; {"}"}
        conf=/etc/nfs.conf.d/kvm-operator.conf
        """;

    private const string CheckScript = Wanted + "\n" +
        """
        [ -d "$path" ] || echo "drift the folder $path is missing"
        [ "$(cat "$file" 2>/dev/null)" = "$(wanted_export "$@")" ] || echo 'drift the hosts that may mount it are not the current ones'
        [ "$(cat "$conf" 2>/dev/null)" = "$(wanted_lease)" ] || echo 'drift the lease time is not the wanted one'
        systemctl is-enabled --quiet nfs-server || echo 'drift the NFS server does not start with the machine'
        if systemctl is-active --quiet nfs-server; then
          [ "$(cat /proc/fs/nfsd/nfsv4leasetime)" = "$lease" ] || echo 'drift the running NFS server has another lease time'
          active=$(exportfs -s)
          for client in $(wanted_export "$@" | tr ' ' '\n' | sed -n 's/(.*//p'); do
            printf '%s\n' "$active" | awk -v p="$path" -v c="$client(" '$1 == p && index($2, c) == 1 { found = 1 } END { exit !found }' || echo "drift $client may not mount it yet"
          done
        else
          echo 'drift the NFS server does not run'
        fi
        echo "ready $path is exported"
        """;

    private const string ApplyScript = Wanted + "\n" +
        """
        mkdir -p -- "$path" /etc/exports.d /etc/nfs.conf.d || exit 1
        wanted_export "$@" > "$file.new" && mv -f "$file.new" "$file" || exit 1
        if [ "$(cat "$conf" 2>/dev/null)" != "$(wanted_lease)" ] || [ "$(cat /proc/fs/nfsd/nfsv4leasetime 2>/dev/null)" != "$lease" ]; then
          wanted_lease > "$conf" && systemctl restart nfs-server || exit 1
        fi
        systemctl enable --now --quiet nfs-server && exportfs -r || exit 1
        if systemctl is-active --quiet firewalld 2>/dev/null; then
          for client; do
            case $client in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
            rule="rule family=\"$family\" source address=\"$client\" service name=\"nfs\" accept"
            firewall-cmd --quiet --permanent --query-rich-rule="$rule" || firewall-cmd --quiet --permanent --add-rich-rule="$rule" || exit 1
            firewall-cmd --quiet --query-rich-rule="$rule" || firewall-cmd --quiet --add-rich-rule="$rule" || exit 1
          done
        elif command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; then
          for client; do ufw allow proto tcp from "$client" to any port 2049 comment kvm-operator >/dev/null || exit 1; done
        fi
        """;

    private const string RemoveScript =
        """
        [ -e "$1" ] || exit 0
        rm -f "$1"
        ! systemctl is-active --quiet nfs-server || exportfs -r
        """;

    private const string ClientsScript =
        """
        for folder in /proc/fs/nfsd/clients/*/; do
          [ -r "$folder/info" ] || continue
          echo "client: $(basename "$folder")"
          cat "$folder/info" 2>/dev/null
        done
        true
        """;

    /// <summary>The arguments are addresses. The order matters: no new lease can begin before the old ones are ended.</summary>
    private const string FenceScript =
        $"""
        fences={FenceFolder}
        mkdir -p "$fences" || exit 1
        for address; do : > "$fences/$address" || exit 1; done
        sync -f "$fences"
        for file in /etc/exports.d/kvm-operator-*.exports; do
          [ -e "$file" ] || continue
          awk -v fenced=" $* " '{"{"} line = $1; for (i = 2; i <= NF; i++) {"{"} split($i, part, "("); if (!index(fenced, " " part[1] " ")) line = line " " $i {"}"} if (line != $1) print line {"}"}' "$file" > "$file.new" &&
            mv -f "$file.new" "$file" || exit 1
        done
        exportfs -r && exportfs -f || exit 1
        leases() {"{"}
          for folder in /proc/fs/nfsd/clients/*/; do
            [ -r "$folder/info" ] || continue
            for address; do
              if grep -qF -e "address: \"$address:" -e "address: \"[$address]:" "$folder/info" 2>/dev/null; then printf '%s\n' "$folder"; fi
            done
          done
        {"}"}
        for attempt in 1 2 3 4 5 6 7 8; do
          left=$(leases "$@")
          [ -n "$left" ] || break
          for folder in $left; do echo expire > "$folder/ctl" 2>/dev/null; done
        done
        [ -z "$(leases "$@")" ] || {"{"} echo 'a lease is left' >&2; exit 1; {"}"}
        for address; do
          if exportfs -s | awk -v c="$address(" 'index($2, c) == 1 {"{"} found = 1 {"}"} END {"{"} exit !found {"}"}'; then echo "$address may still mount an export" >&2; exit 1; fi
        done
        """;

    private const string UnfenceScript = $"for address; do rm -f \"{FenceFolder}/$address\" || exit 1; done";

    private const string FencedScript = $"ls -1 {FenceFolder} 2>/dev/null; true";

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        var installed = await packages.CheckAsync(server, Server, mayInstall: true, cancellationToken);
        return installed.IsReady
            ? StepState.Parse((await server.RequireAsync(RemoteCommand.Script(CheckScript, Arguments(export)), cancellationToken)).OutputText)
            : installed;
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        var installed = await packages.ApplyAsync(server, Server, cancellationToken);
        if (!installed.IsReady)
        {
            return installed;
        }

        await server.RequireAsync(RemoteCommand.Script(ApplyScript, Arguments(export)).WithDeadline(TimeSpan.FromMinutes(3)), cancellationToken);
        return await CheckAsync(server, export, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell server, string name, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(RemoveScript, ExportFile(name)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<NfsClientLease>> ReadClientsAsync(IHostShell server, CancellationToken cancellationToken) =>
        NfsClientParser.Parse((await server.RequireAsync(RemoteCommand.Script(ClientsScript), cancellationToken)).OutputText);

    /// <inheritdoc/>
    public async Task FenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(FenceScript, Addresses(addresses)), cancellationToken);

    /// <inheritdoc/>
    public async Task UnfenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        await server.RequireAsync(RemoteCommand.Script(UnfenceScript, Addresses(addresses)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ReadFencedAsync(IHostShell server, CancellationToken cancellationToken) =>
        (await server.ReadAsync(RemoteCommand.Script(FencedScript), cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IReadOnlyList<string> Arguments(StoreExport export) =>
    [
        ExportFile(export.Name),
        ((int)export.Lease.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        PlainWord.Require(export.Path),
        string.Join(',', export.Options.Select(option => string.Join('=', option.Split('=', 2).Select(PlainWord.Require)))),
        .. export.Clients.Select(PlainWord.Require).Order(StringComparer.Ordinal),
    ];

    private static string ExportFile(string name) => $"/etc/exports.d/kvm-operator-{PlainWord.Require(name).Replace('/', '-')}.exports";

    /// <summary>An address names a file of the fence: it must be an address and nothing else.</summary>
    private static List<string> Addresses(IReadOnlyList<string> addresses) =>
        addresses.Count == 0
            ? throw new ArgumentException("Nobody to fence.", nameof(addresses))
            : [.. addresses.Select(text => IPAddress.TryParse(text, out var address) ? address.ToString() : throw new ArgumentException($"Not an address: \"{text}\".", nameof(addresses)))];
}
