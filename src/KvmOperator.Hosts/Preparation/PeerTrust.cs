using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;

namespace KvmOperator.Hosts.Preparation;

/// <summary>
/// Lets every peer's root run commands here, from the peer's addresses only and without forwarding, and pins the peers' host keys. Whoever left the pool is let in no longer.
/// </summary>
internal sealed class PeerTrust(IPeerIdentities identities) : IPreparationStep
{
    private const string AuthorizedKeys = "/root/.ssh/authorized_keys";
    private const string KnownHosts = "/root/.ssh/known_hosts";
    private const string ClientConfiguration = "/root/.ssh/config";

    private static readonly string Wanted = $"{ManagedBlock.Functions}\n{HostScripts.Read("Preparation/peer-trust.sh")}";

    /// <summary><c>$1</c> file, <c>$2</c> the complaint.</summary>
    private static readonly string CheckScript = Wanted + "\n" + "[ \"$(block_text \"$1\")\" = \"$(wanted \"$1\")\" ] || echo \"drift $2\"";

    /// <summary><c>$1</c> file, <c>$2</c> the mode of a new one.</summary>
    private static readonly string PutScript = Wanted + "\n" + "text=$(wanted \"$1\") && printf '%s\\n' \"$text\" | block_put \"$1\" \"$2\"";

    private static readonly string ServerScript = HostScripts.Read("Preparation/ssh-server.sh");

    private static readonly string RemoveScript = ManagedBlock.Functions + "\n" +
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
