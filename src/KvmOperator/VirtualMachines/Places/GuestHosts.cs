using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines.Places;

/// <summary>Asks hosts about a guest: from the latest looks, or at this moment.</summary>
internal sealed class GuestHosts(
    MachineConnections connections, IDomains domains, HostObservations observations, IEntityStore<KvmHost> hosts, IEntityQueue<KvmHost> hostQueue, TimeProvider clock)
{
    private readonly ConcurrentDictionary<EntityKey, (string Host, long Time)> changes = new();

    /// <summary>
    /// Whether the looks at the hosts say something of the guest: every host that may have it was looked at, or tried to, since the operator started, and
    /// where the operator changed it, after that.
    /// </summary>
    public bool AreCurrent(VirtualMachine machine) =>
        Of(machine).All(host => !PossibleHosts.CanBeAsked(host) || observations.HasTried(host.Name()))
        && (!changes.TryGetValue(EntityKey.Of(machine), out var last) || hosts.Get(new EntityKey(null, last.Host)) is null || observations.IsNewerThan(last.Host, last.Time));

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
    public GuestLocation Locate(VirtualMachine machine) =>
        GuestSearch.Find(machine.Identity(), machine.Status?.Host, PossibleHosts.Looks(machine, hosts.List(), observations.Find));

    /// <summary>Asks every host at this moment whether the guest runs there: the last question before it is started.</summary>
    public async Task<GuestAnswers> AskAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var asked = Of(machine).Where(host => !PossibleHosts.IsFenced(host)).ToList();
        var answers = await Task.WhenAll(asked.Select(host => AskAsync(host, machine, cancellationToken)));
        var pairs = asked.Select(host => host.Name()).Zip(answers).ToList();
        return new GuestAnswers(Said(Answer.Active), Said(Answer.Defined), Said(Answer.Silent), Said(Answer.Foreign));

        IReadOnlyList<string> Said(Answer answer) => [.. pairs.Where(pair => pair.Second == answer).Select(pair => pair.First)];
    }

    /// <summary>The shell of a host by its name; null when there is no such host.</summary>
    public async Task<IHostShell?> ShellAsync(string name, CancellationToken cancellationToken) =>
        hosts.Get(new EntityKey(null, name)) is { } host ? await connections.ShellAsync(host, cancellationToken) : null;

    /// <summary>The shell of a host that may still write for a guest; null for one that is gone, fenced, or cannot be asked.</summary>
    public async Task<IHostShell?> ReachableShellAsync(string name, CancellationToken cancellationToken) =>
        hosts.Get(new EntityKey(null, name)) is { } host && PossibleHosts.CanBeAsked(host) && !PossibleHosts.IsFenced(host) ? await connections.ShellAsync(host, cancellationToken) : null;

    /// <summary>The hosts that may have the guest: those of its pool, and the one where it was last.</summary>
    public IReadOnlyList<KvmHost> Of(VirtualMachine machine) => PossibleHosts.Of(machine, hosts.List());

    private async Task<Answer> AskAsync(KvmHost host, VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (!PossibleHosts.CanBeAsked(host))
        {
            return Answer.Silent;
        }

        try
        {
            var shell = await connections.ShellAsync(host, cancellationToken);
            return await domains.ReadStateAsync(shell, machine.Identity(), cancellationToken) switch
            {
                null => Answer.Nothing,
                DomainState.ShutOff or DomainState.Crashed => Answer.Defined,
                _ => Answer.Active,
            };
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
