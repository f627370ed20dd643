using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Inventory.Failures;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>The hosts of a pool as their objects describe them, at one moment. It never changes: a change of a host makes another view.</summary>
internal sealed class PoolView
{
    private readonly Dictionary<string, PoolMember> byName;

    // Changes are counted: the number of the last one of each peer, and of the last one that left.
    private readonly Dictionary<string, long> changes = new(StringComparer.Ordinal);
    private readonly long left;
    private readonly long count;

    private PoolView(IReadOnlyList<PoolMember> members, IEnumerable<UndecodableObject> unreadable, PoolView? before)
    {
        Members = members;
        Possible = [.. members.Where(member => !member.IsSameMachine)];
        Workable = [.. Possible.Where(member => member.CanBeAsked).Select(member => member.Host)];
        var letIn = Workable.Where(host => !FailedHosts.IsShutOut(host));
        Strangers = [.. Possible.Where(member => !member.CanBeAsked && !FailedHosts.IsShutOut(member.Host)).Select(member => UnreadableHosts.AsPeer(member.Host)).Concat(unreadable.Select(UnreadableHosts.AsPeer)).OfType<PeerHost>()];
        Peers = [.. letIn.Select(PoolPeers.Of), .. Strangers];
        (left, count) = (before?.left ?? 0, before?.count ?? 0);
        var known = before?.Peers.ToDictionary(peer => peer.Name, StringComparer.Ordinal) ?? [];
        foreach (var peer in Peers)
        {
            changes[peer.Name] = known.Remove(peer.Name, out var old) && PoolPeers.AreSame(old, peer) ? before!.changes[peer.Name] : ++count;
        }

        left = known.Count > 0 ? ++count : left;
        byName = members.ToDictionary(member => member.Name, StringComparer.Ordinal);
    }

    /// <summary>All hosts of the pool, by name.</summary>
    public IReadOnlyList<PoolMember> Members { get; }

    /// <summary>
    /// Those that may have a guest, by name. One whose spec became invalid is among them: it cannot be asked any more, and its guests run on. One that turned out to be
    /// another one's machine is not: what runs there is seen there.
    /// </summary>
    public IReadOnlyList<PoolMember> Possible { get; }

    /// <summary>
    /// Those that can be worked on, by name. One that is being deleted is among them until it is gone: its guests and mounts have to leave first.
    /// </summary>
    public IReadOnlyList<KvmHost> Workable { get; }

    /// <summary>
    /// Hosts that exist and cannot be worked on, because their specs are invalid or their objects cannot be read, as far as they have addresses: their guests run on, so nobody shuts them out.
    /// </summary>
    public IReadOnlyList<PeerHost> Strangers { get; }

    /// <summary>What each host is to the others; the strangers last. One that was shut out after a failure is nobody's peer.</summary>
    public IReadOnlyList<PeerHost> Peers { get; }

    /// <summary>The pool as its hosts describe it.</summary>
    /// <param name="hosts">The hosts of the pool.</param>
    /// <param name="before">The view before; null when there was none.</param>
    /// <param name="unreadable">The hosts of the pool of which the objects cannot be read; null for none.</param>
    public static PoolView Of(IEnumerable<KvmHost> hosts, PoolView? before = null, IEnumerable<UndecodableObject>? unreadable = null)
    {
        // A host's object is another one at each heartbeat: what was made of those that are the same holds.
        var members = hosts
            .OrderBy(host => host.Name(), StringComparer.Ordinal)
            .Select(host => before?.Find(host.Name()) is { } known && ReferenceEquals(known.Host, host) ? known : PoolMember.Of(host))
            .ToList();
        return new PoolView(members, unreadable ?? [], before);
    }

    /// <summary>Another number whenever a host's peers are others than before, or have other addresses or keys.</summary>
    public long PeersVersion(string host) => changes.Where(change => change.Key != host).Select(change => change.Value).Append(left).Max();

    /// <summary>A host of the pool by its name; null when it is not one.</summary>
    public PoolMember? Find(string name) => byName.GetValueOrDefault(name);
}
