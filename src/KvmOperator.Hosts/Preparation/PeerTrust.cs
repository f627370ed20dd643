using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Lets every peer's root run commands here, from the peer's addresses only and without forwarding, and pins the peers' host keys. Whoever left the pool is let in no longer.
/// </summary>
internal sealed class PeerTrust(IPeerIdentities identities) : IPreparationStep
{
    private const string AuthorizedKeys = "/root/.ssh/authorized_keys";
    private const string KnownHosts = "/root/.ssh/known_hosts";
    private const string ClientConfiguration = "/root/.ssh/config";

    /// <summary>
    /// <c>wanted FILE</c> prints what the block of a file should hold. Standard input's first line names the peers whose keys are not known (a new operator on an empty
    /// cluster has to ask them first), the others are those of the known ones. What already stands there for an unknown one stays, because guests may be moving by it;
    /// whoever is no peer any more is let in no longer. A line's peer is named at its end in one of the files and at the end of its first word in the other.
    /// </summary>
    private const string Wanted = ManagedBlock.Functions + "\n" +
        """
        wanted() {
          IFS= read -r strangers
          {
            block_text "$1" | awk -v strangers=" $strangers " '{
              count = split($1, names, ",")
              name = $NF ~ /^kvm-operator@/ ? substr($NF, length("kvm-operator@") + 1) : names[count]
              if (index(strangers, " " name " ")) print
            }'
            cat
          } | awk 'NF && !seen[$0]++'
        }
        """;

    /// <summary><c>$1</c> file, <c>$2</c> the complaint.</summary>
    private const string CheckScript = Wanted + "\n" + "[ \"$(block_text \"$1\")\" = \"$(wanted \"$1\")\" ] || echo \"drift $2\"";

    /// <summary><c>$1</c> file, <c>$2</c> the mode of a new one.</summary>
    private const string PutScript = Wanted + "\n" + "text=$(wanted \"$1\") && printf '%s\\n' \"$text\" | block_put \"$1\" \"$2\"";

    /// <summary>
    /// <c>$1</c> is a peer's address. Asks this host's own SSH server whether the peer's root would get in by its key: that can be told whether or not the peer is up, and costs no login.
    /// (Each move tries the whole way again before it begins.) What cannot be found out is no complaint.
    /// </summary>
    private const string ServerScript =
        """
        sshd=$(command -v sshd || echo /usr/sbin/sshd)
        settings=$("$sshd" -T -C "user=root,host=$1,addr=$1" 2>/dev/null)
        says() { printf '%s\n' "$settings" | grep -qixE "$1"; }
        words() { printf '%s\n' "$settings" | sed -n "s/^$1 //Ip" | tr ' ' '\n'; }
        groups=$(id -Gn root 2>/dev/null)
        names_group() { words "$1" | while IFS= read -r pattern; do for group in $groups; do case $group in $pattern) echo "$group" ;; esac; done; done | grep -q .; }
        closed="guests cannot move here: the SSH server lets the peers' root in"
        says 'permitrootlogin (no|forced-commands-only)' && echo "blocked $closed only with PermitRootLogin prohibit-password; set that in /etc/ssh/sshd_config, for the peers' addresses at least"
        says 'pubkeyauthentication no' && echo "blocked $closed only with PubkeyAuthentication yes; set that in /etc/ssh/sshd_config"
        says 'allowusers .*' && ! says 'allowusers (root(@.*)?|.*\*.*)' && echo "blocked $closed only when AllowUsers names root; add that in /etc/ssh/sshd_config"
        says 'denyusers root' && echo "blocked $closed only when DenyUsers does not name root; change that in /etc/ssh/sshd_config"
        says 'allowgroups .*' && ! names_group allowgroups && echo "blocked $closed only when AllowGroups names a group of root ($groups); add that in /etc/ssh/sshd_config"
        names_group denygroups && echo "blocked $closed only when DenyGroups names no group of root ($groups); change that in /etc/ssh/sshd_config"
        says 'authenticationmethods .*' && ! words authenticationmethods | grep -qixE 'any|publickey' && echo "blocked $closed only when AuthenticationMethods has publickey alone; add that in /etc/ssh/sshd_config, for the peers' addresses at least"
        says 'authorizedkeysfile .*' && ! words authorizedkeysfile | grep -qxE '(%h/|/root/)?\.ssh/authorized_keys' && echo "blocked $closed only when AuthorizedKeysFile names .ssh/authorized_keys, where the peers' keys are; add that in /etc/ssh/sshd_config"
        says 'forcecommand .*' && ! says 'forcecommand none' && echo "blocked $closed only without ForceCommand; take that away in /etc/ssh/sshd_config, for the peers' addresses at least"
        listening=$(ss -Hltn 2>/dev/null) && [ -n "$listening" ] && ! printf '%s\n' "$listening" | grep -qE '[:.]22[[:space:]]' &&
          echo 'blocked guests cannot move here: no SSH server listens on port 22, where the peers look for it'
        true
        """;

    private const string RemoveScript = ManagedBlock.Functions + "\n" +
        """
        key=$1
        shift
        for file; do block_put "$file" 0600 </dev/null || exit 1; done
        rm -f "$key" "$key.pub"
        """;

    /// <inheritdoc/>
    public PreparationStep Step => PreparationStep.PeerTrust;

    /// <inheritdoc/>
    public async Task<StepState> CheckAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        foreach (var (file, content, complaint) in Files(plan))
        {
            var command = RemoteCommand.Script(CheckScript, file, complaint).WithInput(Input(plan, content));
            var state = StepState.Parse((await host.RequireAsync(command, cancellationToken)).OutputText);
            if (!state.IsReady)
            {
                return state;
            }
        }

        var door = plan.Peers.SelectMany(peer => peer.Addresses).FirstOrDefault() is { } address
            ? StepState.Parse((await host.RequireAsync(RemoteCommand.Script(ServerScript, address), cancellationToken)).OutputText)
            : null;
        if (door is { IsReady: false })
        {
            return door;
        }

        // A peer that never answered must not keep this host from taking guests; a move asks whether the peer can be reached.
        var strangers = Strangers(plan);
        return new StepState(
            StepStatus.Ready,
            "the peers' keys are trusted, and no others" + (strangers.Count == 0 ? string.Empty : $"; the keys of {NameList.Of(strangers)} are not known yet: guests cannot move from or to there"));
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await identities.EnsureAsync(host, cancellationToken);
        foreach (var (file, content, _) in Files(plan))
        {
            await host.RequireAsync(RemoteCommand.Script(PutScript, file, "0600").WithInput(Input(plan, content)), cancellationToken);
        }

        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => await host.RequireAsync(
        RemoteCommand.Script(RemoveScript, PeerIdentities.KeyFile, AuthorizedKeys, KnownHosts, ClientConfiguration), cancellationToken);

    /// <summary>The peers whose keys are not known, by name.</summary>
    private static List<string> Strangers(HostPlan plan) => [.. plan.Peers.Where(peer => peer.Identity is null).Select(peer => peer.Name).Order(StringComparer.Ordinal)];

    /// <summary>By standard input, because an argument has a limit, and a pool has none.</summary>
    private static string Input(HostPlan plan, string content) => $"{Words(Strangers(plan), ' ')}\n{content}";

    /// <summary>What should stand in each file.</summary>
    internal static IEnumerable<(string File, string Content, string Complaint)> Files(HostPlan plan)
    {
        var known = plan.Peers.Where(peer => peer is { Identity: not null, Addresses.Count: > 0 }).OrderBy(peer => peer.Name, StringComparer.Ordinal).ToList();
        yield return (
            AuthorizedKeys,
            Lines(known.Select(peer => $"from=\"{Words(peer.Addresses, ',')}\",restrict {peer.Identity!.PublicKey} kvm-operator@{PlainWord.Require(peer.Name)}")),
            "the keys of the peers' root users are not the current ones");
        yield return (
            KnownHosts,
            Lines(known.SelectMany(peer => peer.Identity!.HostKeys.Select(key => $"{Words(peer.Addresses.Append(peer.Name), ',')} {key}"))),
            "the host keys of the peers are not the current ones");
        yield return (
            ClientConfiguration,
            plan.Peers.Count == 0
                ? string.Empty
                : Lines(
                [
                    $"Host {Words(plan.Peers.OrderBy(peer => peer.Name, StringComparer.Ordinal).SelectMany(peer => peer.Addresses.Append(peer.Name)), ' ')}",
                    $"  IdentityFile {PeerIdentities.KeyFile}",
                    "  StrictHostKeyChecking yes",
                    "  BatchMode yes",
                    "  ServerAliveInterval 10",
                    "Match all",
                ]),
            "SSH does not use the operator's key towards the peers");
    }

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static string Words(IEnumerable<string> words, char separator) => string.Join(separator, words.Select(PlainWord.Require));
}
