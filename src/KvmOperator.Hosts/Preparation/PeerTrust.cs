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

    /// <summary><c>$1</c> file, <c>$2</c> what the block should hold, <c>$3</c> the complaint, <c>$4</c> whether more may stand there.</summary>
    private const string CheckScript = ManagedBlock.Functions + "\n" +
        """
        now=$(block_text "$1")
        [ "$now" != "$2" ] || exit 0
        if [ "$4" = more ]; then
          missing=$(printf '%s\n' "$2" | while IFS= read -r line; do printf '%s\n' "$now" | grep -qxF -- "$line" || echo "$line"; done)
          [ -n "$missing" ] || exit 0
        fi
        echo "drift $3"
        """;

    /// <summary>As <see cref="ManagedBlock.PutScript"/>, but lines that stand there already stay.</summary>
    private const string AddScript = ManagedBlock.Functions + "\n" +
        """
        wanted=$(cat)
        { block_text "$1"; printf '%s\n' "$wanted"; } | awk 'NF && !seen[$0]++' | block_put "$1" "$2"
        """;

    /// <summary>
    /// <c>$1</c> is a peer's address. Asks this host's own SSH server whether the peer's root would get in by its key: that can be told whether or not the peer is up, and costs no login.
    /// (Each move tries the whole way again before it begins.) What cannot be found out is no complaint.
    /// </summary>
    private const string ServerScript =
        """
        sshd=$(command -v sshd || echo /usr/sbin/sshd)
        settings=$("$sshd" -T -C "user=root,host=$1,addr=$1" 2>/dev/null)
        says() { printf '%s\n' "$settings" | grep -qixE "$1"; }
        closed="guests cannot move here: the SSH server lets the peers' root in"
        says 'permitrootlogin (no|forced-commands-only)' && echo "blocked $closed only with PermitRootLogin prohibit-password; set that in /etc/ssh/sshd_config, for the peers' addresses at least"
        says 'pubkeyauthentication no' && echo "blocked $closed only with PubkeyAuthentication yes; set that in /etc/ssh/sshd_config"
        says 'allowusers .*' && ! says 'allowusers (root(@.*)?|.*\*.*)' && echo "blocked $closed only when AllowUsers names root; add that in /etc/ssh/sshd_config"
        says 'denyusers root' && echo "blocked $closed only when DenyUsers does not name root; change that in /etc/ssh/sshd_config"
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
        var strangers = plan.Peers.Where(peer => peer.Identity is null).Select(peer => peer.Name).ToList();
        foreach (var (file, content, complaint) in Files(plan))
        {
            var more = KeepsMore(plan, file) ? "more" : "exact";
            var state = StepState.Parse((await host.RequireAsync(RemoteCommand.Script(CheckScript, file, content, complaint, more), cancellationToken)).OutputText);
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

        return strangers.Count == 0
            ? new StepState(StepStatus.Ready, "the peers' keys are trusted, and no others")
            : new StepState(StepStatus.InProgress, $"the keys of these peers are not known yet: {string.Join(", ", strangers)}");
    }

    /// <inheritdoc/>
    public async Task<StepState> ApplyAsync(IHostShell host, HostPlan plan, CancellationToken cancellationToken)
    {
        await identities.EnsureAsync(host, cancellationToken);
        foreach (var (file, content, _) in Files(plan))
        {
            var script = KeepsMore(plan, file) ? AddScript : ManagedBlock.PutScript;
            await host.RequireAsync(RemoteCommand.Script(script, file, "0600").WithInput(content), cancellationToken);
        }

        return await CheckAsync(host, plan, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(IHostShell host, CancellationToken cancellationToken) => await host.RequireAsync(
        RemoteCommand.Script(RemoveScript, PeerIdentities.KeyFile, AuthorizedKeys, KnownHosts, ClientConfiguration), cancellationToken);

    /// <summary>
    /// While the keys of some peers are not known (a new operator on an empty cluster has to ask them first), trust that is there stays: guests may be moving by it.
    /// </summary>
    private static bool KeepsMore(HostPlan plan, string file) => file != ClientConfiguration && plan.Peers.Any(peer => peer.Identity is null);

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
