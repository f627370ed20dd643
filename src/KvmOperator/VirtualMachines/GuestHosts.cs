using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.VirtualMachines;

/// <summary>Asks hosts about a guest: from the latest looks, or at this moment.</summary>
internal sealed class GuestHosts(MachineConnections connections, IDomains domains, HostObservations observations, IEntityStore<KvmHost> hosts)
{
    /// <summary>Whether every host that may have the guest was looked at, or tried to, since the operator started. Before that nothing can be said of the guest.</summary>
    public bool AreTried(VirtualMachine machine) => Of(machine).All(host => observations.HasTried(host.Name()));

    /// <summary>Where the guest is by the latest looks. A fenced host cannot have it running, and is not asked.</summary>
    public GuestLocation Locate(VirtualMachine machine)
    {
        var asked = Of(machine).Where(host => !IsFenced(host)).ToDictionary(host => host.Name(), host => observations.Find(host.Name()), StringComparer.Ordinal);
        return GuestSearch.Find(machine.Identity(), machine.Status?.Host, asked);
    }

    /// <summary>Asks every host at this moment whether the guest runs there: the last question before it is started.</summary>
    /// <returns>The hosts where a process of it exists, and those that did not answer.</returns>
    public async Task<(IReadOnlyList<string> Active, IReadOnlyList<string> Silent)> AskAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var asked = Of(machine).Where(host => !IsFenced(host)).ToList();
        var answers = await Task.WhenAll(asked.Select(host => AskAsync(host, machine, cancellationToken)));
        var pairs = asked.Select(host => host.Name()).Zip(answers).ToList();
        return ([.. pairs.Where(pair => pair.Second == true).Select(pair => pair.First)], [.. pairs.Where(pair => pair.Second is null).Select(pair => pair.First)]);
    }

    /// <summary>The shell of a host by its name; null when there is no such host.</summary>
    public async Task<IHostShell?> ShellAsync(string name, CancellationToken cancellationToken) =>
        hosts.Get(new Runtime.Api.EntityKey(null, name)) is { } host ? await connections.ShellAsync(host, cancellationToken) : null;

    /// <summary>The hosts that may have the guest: those of its pool, and the one where it was last.</summary>
    public IEnumerable<KvmHost> Of(VirtualMachine machine) => hosts.List()
        .Where(host => host.Spec.Pool == machine.Spec.Placement.Pool || host.Name() == machine.Status?.Host)
        .Where(host => KvmHostValidator.Validate(host).Count == 0)
        .OrderBy(host => host.Name(), StringComparer.Ordinal);

    private static bool IsFenced(KvmHost host) => host.Status?.Conditions.Any(condition => condition is { Type: KvmHostConditions.Fenced, Status: "True" }) == true;

    private async Task<bool?> AskAsync(KvmHost host, VirtualMachine machine, CancellationToken cancellationToken)
    {
        try
        {
            var shell = await connections.ShellAsync(host, cancellationToken);
            return await domains.ReadStateAsync(shell, machine.Identity(), cancellationToken) is { } state && state is not (DomainState.ShutOff or DomainState.Crashed);
        }
        catch (DomainNotOwnedException)
        {
            // A domain of the same name that is none of ours: QEMU's lock and libvirt's own check of names stand before any harm.
            return false;
        }
        catch (Exception exception) when (exception is HostException or CredentialsMissingException)
        {
            return null;
        }
    }
}
