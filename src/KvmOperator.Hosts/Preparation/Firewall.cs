using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Lets the peers, and nobody else, reach SSH and the migration ports through an active firewalld or ufw, and undoes that for peers that left.
/// </summary>
internal sealed class Firewall : IPreparationStep
{
    /// <summary>
    /// <c>$1</c> is the mode, <c>$2</c> check or apply, then the peers' addresses. Rules are ours when they have our port range; ufw's carry a comment too.
    /// </summary>
    private const string Script =
        """
        mode=$1 verb=$2
        shift 2
        active() { systemctl is-active --quiet "$1" 2>/dev/null; }
        enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
        ufw_on() { command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; }
        differs() { if [ "$verb" = check ]; then echo "drift $1"; return 1; fi; }

        if [ "$mode" = Unmanaged ]; then echo 'ready the firewall is left as it is'; exit 0; fi
        if [ "$mode" = Disabled ]; then
          if active firewalld || enabled firewalld; then differs 'firewalld is switched on' && { systemctl disable --now --quiet firewalld || exit 1; }; fi
          if ufw_on; then differs 'ufw is switched on' && { ufw disable >/dev/null || exit 1; }; fi
          echo 'ready the firewall is off'
          exit 0
        fi

        rules_for() {
          for address; do
            case $address in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
            echo "rule family=\"$family\" source address=\"$address\" port port=\"49152-49215\" protocol=\"tcp\" accept"
            echo "rule family=\"$family\" source address=\"$address\" service name=\"ssh\" accept"
          done
        }
        has() { printf '%s\n' "$1" | grep -qxF -- "$2"; }
        if active firewalld; then
          stored=$(firewall-cmd --permanent --list-rich-rules) && current=$(firewall-cmd --list-rich-rules) || exit 1
          wanted=$(rules_for "$@")
          # A rule for SSH from one address is ours only beside a rule for the migration ports and the same address.
          known=$(rules_for $(printf '%s\n' "$stored" | sed -n 's/.* source address="\([^"]*\)" port port="49152-49215" .*/\1/p'))
          # Each call of firewall-cmd is slow, so all rules go into one.
          set -f
          set --
          IFS='
        '
          for rule in $wanted; do
            has "$stored" "$rule" && has "$current" "$rule" && continue
            differs "firewalld keeps a peer out: $rule" && set -- "$@" "--add-rich-rule=$rule"
          done
          for rule in $known; do
            has "$wanted" "$rule" || ! has "$stored" "$rule" && continue
            differs "firewalld lets in a host that left: $rule" && set -- "$@" "--remove-rich-rule=$rule"
          done
          [ $# -eq 0 ] || { firewall-cmd --quiet --permanent "$@" && firewall-cmd --quiet "$@"; } || exit 1
          echo 'ready firewalld lets the peers through'
        elif ufw_on; then
          rules=$(ufw status | grep 'kvm-operator')
          for address; do
            if ! printf '%s\n' "$rules" | awk -v a="$address" '$1 ~ /^49152:49215/ && $3 == a { found = 1 } END { exit !found }'; then
              differs "ufw keeps the peer $address out" || continue
              ufw allow proto tcp from "$address" to any port 49152:49215 comment kvm-operator >/dev/null || exit 1
              ufw allow proto tcp from "$address" to any port 22 comment kvm-operator >/dev/null || exit 1
            fi
          done
          for known in $(printf '%s\n' "$rules" | awk '$1 ~ /^49152:49215/ { print $3 }'); do
            case " $* " in *" $known "*) continue ;; esac
            differs "ufw lets in $known, which left" || continue
            ufw delete allow proto tcp from "$known" to any port 49152:49215 >/dev/null || exit 1
            ufw delete allow proto tcp from "$known" to any port 22 >/dev/null || exit 1
          done
          echo 'ready ufw lets the peers through'
        else
          echo 'ready no firewall is active'
        fi
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.Firewall;

    /// <inheritdoc/>
    public Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken) =>
        RunAsync(host, plan.Firewall, "check", plan.PeerAddresses, cancellationToken);

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await RunAsync(host, plan.Firewall, "apply", plan.PeerAddresses, cancellationToken);
        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => RunAsync(host, FirewallMode.Managed, "apply", [], cancellationToken);

    private static async Task<StepState> RunAsync(IHostShell host, FirewallMode mode, string verb, IEnumerable<string> peers, CancellationToken cancellationToken)
    {
        var command = RemoteCommand.Script(Script, [mode.ToString(), verb, .. peers]).WithDeadline(TimeSpan.FromMinutes(3));
        return StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
    }
}
