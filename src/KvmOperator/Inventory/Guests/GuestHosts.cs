using System.Collections.Concurrent;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory.Guests;

/// <summary>Asks hosts about a guest: from the latest looks, or at this moment.</summary>
internal sealed class GuestHosts(
    MachineConnections connections,
    IDomains domains,
    HostObservations observations,
    DomainIndex index,
    PoolViews pools,
    IEntityStore<KvmHost> hosts,
    IEntityQueue<KvmHost> hostQueue,
    TimeProvider clock)
{
    /// <summary>How long the last question waits, at the usual pace, for a host that did not answer at the latest look: a connection may take much longer, and a guest that starts at home does not depend on it.</summary>
    private static readonly TimeSpan SilentPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<EntityKey, (string Host, long Time)> changes = new();

    /// <summary>
    /// Whether the looks at the hosts say something of the guest: every host that may have it was looked at, or tried to, since the operator started, and
    /// where the operator changed it, after that.
    /// </summary>
    public bool AreCurrent(VirtualMachine machine) =>
        Of(machine).All(WasTried)
        && (!changes.TryGetValue(EntityKey.Of(machine), out var last) || hosts.Get(new EntityKey(null, last.Host)) is null || observations.IsNewerThan(last.Host, last.Time));

    /// <summary>How many of the hosts that may have the guest were neither looked at, nor tried to, since the operator started.</summary>
    public int CountUntried(VirtualMachine machine) => Of(machine).Count(host => !WasTried(host));

    /// <summary>Remembers that the operator changed the guest on a host, and has the host looked at.</summary>
    public void Changed(VirtualMachine machine, string host)
    {
        changes[EntityKey.Of(machine)] = (host, clock.GetTimestamp());
        hostQueue.Enqueue(new EntityKey(null, host));
    }

    /// <summary>Has a host looked at soon: the guest may have changed there by itself.</summary>
    public void LookSoon(string host, TimeSpan? delay = null) => hostQueue.Enqueue(new EntityKey(null, host), delay ?? TimeSpan.Zero);

    /// <summary>Forgets a guest whose object is gone.</summary>
    public void Forget(EntityKey machine) => changes.TryRemove(machine, out _);

    /// <summary>Where the guest is by the latest looks. A fenced host cannot have it running, and is not asked.</summary>
    public GuestLocation Locate(VirtualMachine machine)
    {
        var (identity, lastHost) = (machine.Identity(), machine.Status?.Host);
        var possible = Of(machine);
        List<string> unknown = [.. possible.Where(host => !IsExcluded(machine, host) && !Answers(host)).Select(host => host.Name).Concat(Unreadable(machine)).Order(StringComparer.Ordinal)];
        List<DomainPlace> places = [.. index.Of(identity).Where(place => Find(machine, place.Host) is { } host && !IsExcluded(machine, host) && Answers(host))];
        return GuestSearch.Find(identity, lastHost, unknown, places);
    }

    /// <summary>Asks every host at this moment whether the guest runs there: the last question before it is started. One that did not answer a moment ago is waited for no longer than a moment, and counts as silent.</summary>
    public async Task<GuestAnswers> AskAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var asked = Of(machine).Where(host => !IsExcluded(machine, host)).ToList();
        var answers = await Task.WhenAll(asked.Select(host => AskAsync(host, machine, cancellationToken)));
        var pairs = asked.Select(host => host.Name).Zip(answers).ToList();
        return new GuestAnswers(Said(Answer.Active), Said(Answer.Defined), [.. Said(Answer.Silent), .. Unreadable(machine)], Said(Answer.Foreign));

        IReadOnlyList<string> Said(Answer answer) => [.. pairs.Where(pair => pair.Second == answer).Select(pair => pair.First)];
    }

    /// <summary>The host whose failure decides about the guest at present: it is nobody else's to start. null when none does.</summary>
    public KvmHost? FailedHost(VirtualMachine machine) =>
        machine.Status?.Failover is { State: GuestFailoverState.Starting } start && FailedHost(start.From) is { } from && from.Status!.Failover!.Id == start.Id ? from
        : machine.Status?.Host is { } home ? FailedHost(home)
        : null;

    private KvmHost? FailedHost(string name) => hosts.Get(new EntityKey(null, name)) is { } host && FailedHosts.IsRecovered(host) ? host : null;

    /// <summary>How a person confirms that a host is off; null when it is not silent.</summary>
    public string? Confirmation(string name) => HostSilence.Command(name, hosts.Get(new EntityKey(null, name))?.Status);

    /// <summary>The shell of a host by its name; null when there is no such host.</summary>
    public async Task<IHostShell?> ShellAsync(string name, CancellationToken cancellationToken) =>
        hosts.Get(new EntityKey(null, name)) is { } host ? await connections.ShellAsync(host, cancellationToken) : null;

    /// <summary>The shell of a host that may still write for a guest; null for one that is gone, fenced, or cannot be asked.</summary>
    public async Task<IHostShell?> ReachableShellAsync(string name, CancellationToken cancellationToken) =>
        Member(name) is { CanBeAsked: true, IsFenced: false, Host: var host } ? await connections.ShellAsync(host, cancellationToken) : null;

    /// <summary>The hosts that may have the guest, by name: those of its pool, and the one where it was last.</summary>
    public IReadOnlyList<PoolMember> Of(VirtualMachine machine)
    {
        var pool = pools.Of(machine.Spec.Placement.Pool);
        return machine.Status?.Host is { } last && pool.Find(last) is not { IsSameMachine: false } && Member(last) is { } home
            ? [.. pool.Possible.Append(home).OrderBy(host => host.Name, StringComparer.Ordinal)]
            : pool.Possible;
    }

    /// <summary>Hosts that exist and whose objects this version of the operator cannot read, as when a later one wrote them: they may have the guest, and nobody can ask them.</summary>
    private IEnumerable<string> Unreadable(VirtualMachine machine) => hosts.Undecodable
        .Where(host => hosts.Get(host.Key) is null && (host.Key.Name == machine.Status?.Host || (host.Text("spec", "pool") ?? machine.Spec.Placement.Pool) == machine.Spec.Placement.Pool))
        .Select(host => host.Key.Name);

    /// <summary>A host by its name, if it may have the guest.</summary>
    private PoolMember? Find(VirtualMachine machine, string host) =>
        pools.Of(machine.Spec.Placement.Pool).Find(host) is { IsSameMachine: false } member ? member : machine.Status?.Host == host ? Member(host) : null;

    private PoolMember? Member(string name) => hosts.Get(new EntityKey(null, name)) is { } host ? pools.Of(host.Spec.Pool).Find(name) ?? PoolMember.Of(host) : null;

    /// <summary>Whether what a host has of the guest counts for nothing: it is fenced, or the guest was started elsewhere on the proof that it cannot write to its disks, and it was not cleaned since.</summary>
    private static bool IsExcluded(VirtualMachine machine, PoolMember host) =>
        host.IsFenced
        || (FailedHosts.IsShutOut(host.Host) && machine.Status is { Failover: null, LastFailover: { State: GuestFailoverState.Started } last } && last.From == host.Name && last.Id == host.Host.Status?.Failover?.Id);

    private bool WasTried(PoolMember host) => !host.CanBeAsked || observations.HasTried(host.Name);

    private bool Answers(PoolMember host) => host.CanBeAsked && observations.Find(host.Name) is { LibvirtAnswers: true };

    private async Task<Answer> AskAsync(PoolMember host, VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (!host.CanBeAsked)
        {
            return Answer.Silent;
        }

        try
        {
            var shell = await connections.ShellAsync(host.Host, cancellationToken);
            using var limit = new CancellationTokenSource(Answers(host) ? Timeout.InfiniteTimeSpan : SilentPatience * shell.Pace, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            try
            {
                return await domains.ReadStateAsync(shell, machine.Identity(), either.Token) switch
                {
                    null => Answer.Nothing,
                    DomainState.ShutOff => Answer.Defined,
                    _ => Answer.Active,
                };
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return Answer.Silent;
            }
        }
        catch (DomainNotOwnedException)
        {
            return Answer.Foreign;
        }
        catch (Exception exception) when (exception is HostException or CredentialsMissingException)
        {
            return Answer.Silent;
        }
    }

    /// <summary>What one host says of a guest.</summary>
    private enum Answer
    {
        /// <summary>It has none.</summary>
        Nothing,

        /// <summary>A process exists.</summary>
        Active,

        /// <summary>It is defined and off.</summary>
        Defined,

        /// <summary>No answer.</summary>
        Silent,

        /// <summary>A domain that is not ours.</summary>
        Foreign,
    }
}
