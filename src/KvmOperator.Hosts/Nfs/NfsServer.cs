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

    private const string LeaseFile = "/etc/nfs.conf.d/kvm-operator.conf";

    /// <summary>
    /// <c>firewall VERB FILE CLIENT…</c> compares (<c>check</c>) or brings in line (<c>apply</c>) the rules of an active firewalld or ufw with the clients of one export.
    /// A rule is withdrawn when no export needs it. Ours have a mark in firewalld (<see cref="FirewalldRules"/>) and a comment in ufw.
    /// </summary>
    private const string Firewall = FirewalldRules.Function + $"\nmark={FirewalldRules.Stores}\n" +
        """
        differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }
        has() { printf '%s\n' "$1" | grep -qxF -- "$2"; }
        clients_in() { tr ' ' '\n' < "$1" | sed -n 's/(.*//p'; }
        wanted_anywhere() {
          printf '%s\n' "$@"
          for other in /etc/exports.d/kvm-operator-*.exports; do [ "$other" = "$file" ] || [ ! -e "$other" ] || clients_in "$other"; done
        }
        # A firewall knows no names.
        addresses_of() {
          for client; do
            case $client in
              *:*) echo "$client" ;;
              *[!0-9.]*) getent ahosts "$client" | awk '{ print $1 }' ;;
              *) echo "$client" ;;
            esac
          done | sort -u
        }
        firewall() {
          verb=$1 file=$2
          shift 2
          wanted=$(addresses_of $(wanted_anywhere "$@"))
          if systemctl is-active --quiet firewalld 2>/dev/null; then
            changes=$(firewalld_changes "$mark" 'service name="nfs"' $wanted) || return 1
            [ -z "$changes" ] || differs 'firewalld does not let the hosts, and only them, reach the NFS server' || return 0
            [ "$verb" = check ] || firewalld_apply "$changes" || return 1
          elif command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; then
            rules=$(ufw status)
            # A person's rule lets a host in as well as ours, and would become ours by adding it again.
            let=$(printf '%s\n' "$rules" | awk '$1 == "2049/tcp" && $2 == "ALLOW" { print $3 }')
            known=$(printf '%s\n' "$rules" | grep 'kvm-operator' | awk '$1 == "2049/tcp" { print $3 }')
            for client in $(addresses_of "$@"); do
              has "$let" "$client" || { differs "ufw keeps $client from the NFS server" && { ufw allow proto tcp from "$client" to any port 2049 comment kvm-operator >/dev/null || return 1; }; }
            done
            for client in $known; do
              has "$wanted" "$client" || { differs "ufw lets in $client, which left" && { ufw delete allow proto tcp from "$client" to any port 2049 >/dev/null || return 1; }; }
            done
          fi
          return 0
        }
        """;

    /// <summary>
    /// <c>$1</c> export file, <c>$2</c> lease in seconds, <c>$3</c> path, <c>$4</c> options, then the clients. Defines what should be. Who was let in, is in use of it and is not
    /// fenced stays in until it lets go, whatever the pool says: guests there would lose their disks. After a loss of the cluster a store may be known before its hosts are. A
    /// client that the server calls <c>courtesy</c> has not renewed its lease (nfsd, <c>client_info_show</c>) and is in use of nothing.
    /// </summary>
    private const string Wanted = Firewall + "\n" +
        $"""
        file=$1 lease=$2 path=$3 options=$4 fences={FenceFolder}
        shift 4
        uses() {"{"}
          for address in $(getent ahosts "$1" | awk '{"{"} print $1 {"}"}' | sort -u); do
            for info in /proc/fs/nfsd/clients/*/info; do
              if grep -qF -e "address: \"$address:" -e "address: \"[$address]:" "$info" 2>/dev/null && ! grep -q '^status: courtesy' "$info"; then return 0; fi
            done
          done
          return 1
        {"}"}
        asked=$(printf '%s\n' "$@")
        kept=$(
          [ -e "$file" ] || exit 0
          for client in $(clients_in "$file"); do
            has "$asked" "$client" || [ -e "$fences/$client" ] || ! uses "$client" || echo "$client"
          done
        )
        set -- "$@" $kept
        wanted_export() {"{"}
          line=$path
          for client; do [ -e "$fences/$client" ] || line="$line $client($options)"; done
          [ "$line" = "$path" ] || printf '%s\n' "$line"
        {"}"}
        wanted_lease() {"{"} printf '[nfsd]\nlease-time=%s\ngrace-time=%s\n' "$lease" "$lease"; {"}"}
        conf={LeaseFile}
        seen=/run/kvm-operator/nfs-firewall-$(basename "$file")
        """;

    /// <summary>
    /// Firewalls are slow to ask, and a look comes every few seconds and has little time. Every five minutes it begins the question, which goes on without it, and tells the answer
    /// of the last one: a file with the clients in its first line and the drift in the others.
    /// </summary>
    private const string CheckScript = Wanted + "\n" +
        """
        [ -d "$path" ] || echo "drift the folder $path is missing"
        [ "$(cat "$file" 2>/dev/null)" = "$(wanted_export "$@")" ] || echo 'drift the hosts that may mount it are not the current ones'
        written=yes
        [ "$(cat "$conf" 2>/dev/null)" = "$(wanted_lease)" ] || { written=no; echo 'drift the lease time is not the wanted one'; }
        systemctl is-enabled --quiet nfs-server || echo 'drift the NFS server does not start with the machine'
        if systemctl is-active --quiet nfs-server; then
          running=$(cat /proc/fs/nfsd/nfsv4leasetime)
          if [ "$written" = yes ] && [ "$running" != "$lease" ]; then
            # A restart would not help, and the guests of all hosts wait during one.
            others=$(grep -lsE '^[[:space:]]*(lease|grace)-time' /etc/nfs.conf /etc/nfs.conf.d/*.conf | grep -vxF "$conf" | tr '\n' ' ')
            echo "blocked the running NFS server has a lease time of $running s and not of $lease s: another setting wins: ${others:-none that is known }(take it away and restart nfs-server)"
          fi
          active=$(exportfs -s)
          for client in $(wanted_export "$@" | tr ' ' '\n' | sed -n 's/(.*//p'); do
            printf '%s\n' "$active" | awk -v p="$path" -v c="$client(" '$1 == p && index($2, c) == 1 { found = 1 } END { exit !found }' || echo "drift $client may not mount it yet"
          done
          ours=$(printf '%s\n' "$@"; for other in /etc/exports.d/kvm-operator-*.exports; do [ ! -e "$other" ] || clients_in "$other"; done)
          # A client that is wanted by its name may stand there under another one of its names.
          case "$*" in *[g-zG-Z]*) foreign='[*?/@]' ;; *) foreign=. ;; esac
          strangers=$(printf '%s\n' "$active" | awk -v p="$path" '$1 == p { sub(/\(.*/, "", $2); print $2 }' | grep "$foreign" | grep -vxF -- "$ours" | sort -u | tr '\n' ' ')
          [ -z "$strangers" ] || echo "blocked others may mount $path too: ${strangers}stand in /etc/exports or in a file of /etc/exports.d; take them out and run exportfs -ra"
        else
          echo 'drift the NFS server does not run'
        fi
        asked_before=$(head -n 1 "$seen" 2>/dev/null)
        if [ -z "$(find "$seen" -mmin -5 2>/dev/null)" ] || [ "$asked_before" != "$*" ]; then
          mkdir -p "${seen%/*}" || exit 1
          (
            flock -n 9 || exit 0
            doubts=$(firewall check "$file" "$@") || doubts='drift the firewall does not answer'
            { echo "$*"; printf '%s\n' "$doubts"; } > "$seen.new" && mv -f "$seen.new" "$seen"
          ) 9> "$seen.lock" </dev/null >/dev/null 2>&1 &
        fi
        [ "$asked_before" != "$*" ] || sed 1d "$seen"
        if [ -n "$kept" ]; then
          echo "ready $path is exported to the pool's hosts, and to $(echo $kept | sed 's/ /, /g'): no host of the pool, but it uses the store; it is taken out when it has unmounted it"
        else
          echo "ready $path is exported to the pool's hosts and to nobody else"
        fi
        """;

    private const string ApplyScript = Wanted + "\n" +
        """
        mkdir -p -- "$path" /etc/exports.d /etc/nfs.conf.d || exit 1
        wanted_export "$@" > "$file.new" && mv -f "$file.new" "$file" || exit 1
        if [ "$(cat "$conf" 2>/dev/null)" != "$(wanted_lease)" ]; then
          wanted_lease > "$conf.new" && mv -f "$conf.new" "$conf" && systemctl restart nfs-server || exit 1
        fi
        systemctl enable --now --quiet nfs-server && exportfs -r || exit 1
        # A question that began before this must not be answered after it.
        mkdir -p "${seen%/*}" && exec 9> "$seen.lock" && flock -w 60 9 || exit 1
        firewall apply "$file" "$@" && echo "$*" > "$seen"
        """;

    /// <summary>The lease of a running server stays until its next start: other exports of the machine may be in use.</summary>
    private const string RemoveScript = Firewall + "\n" +
        $"""
        file=$1
        rm -f "$file" "/run/kvm-operator/nfs-firewall-$(basename "$file")" "/run/kvm-operator/nfs-firewall-$(basename "$file").lock" || exit 1
        ! systemctl is-active --quiet nfs-server || exportfs -r || exit 1
        set -- /etc/exports.d/kvm-operator-*.exports
        [ -e "$1" ] || rm -f {LeaseFile}
        firewall apply "$file"
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
            ? StepState.Parse((await server.RequireAsync(RemoteCommand.Script(CheckScript, Arguments(export)).WithDeadline(TimeSpan.FromMinutes(1)), cancellationToken)).OutputText)
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
        await server.RequireAsync(RemoteCommand.Script(RemoveScript, ExportFile(name)).WithDeadline(TimeSpan.FromMinutes(3)), cancellationToken);

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

    /// <summary>The scripts' arguments.</summary>
    internal static IReadOnlyList<string> Arguments(StoreExport export) =>
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
