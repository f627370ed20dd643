using System.Collections.Concurrent;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>The processor model that all hosts of a pool can give, so that guests can move between them (docs/adr/0023). Computed anew when a host changes.</summary>
internal sealed class PoolCpuModels(MachineConnections connections, ICpuBaseline baseline)
{
    private readonly ConcurrentDictionary<string, (string Hosts, string CpuXml)> models = new(StringComparer.Ordinal);

    /// <summary>The <c>cpu</c> element for new guests of a pool. All exceptions of <see cref="ICpuBaseline"/> apply.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="hosts">Its hosts that answer; at least one.</param>
    /// <param name="pinnedTo">The one host that a pinned guest may run on: its own model will do when the hosts have none in common. Null for a guest that may move.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="NoCommonCpuModelException">The hosts have no processor model in common, and the guest may move.</exception>
    public async Task<string> ForAsync(string pool, IReadOnlyList<KvmHost> hosts, string? pinnedTo, CancellationToken cancellationToken)
    {
        var key = string.Join('|', hosts.Select(host => $"{host.Name()} {host.Status?.System?.BootId} {host.Status?.System?.Libvirt} {host.Status?.System?.Qemu}").Order(StringComparer.Ordinal));
        if (models.TryGetValue(pool, out var known) && known.Hosts == key)
        {
            return known.CpuXml;
        }

        var shells = await Task.WhenAll(hosts.Select(host => connections.ShellAsync(host, cancellationToken)));
        var cpus = await Task.WhenAll(shells.Select(shell => baseline.ReadHostCpuAsync(shell, cancellationToken)));
        var computing = OldestOfEachLibvirt(hosts).Select(place => shells[place]).ToList();
        HostRefusedException? refusal = null;
        foreach (var shell in computing)
        {
            try
            {
                var cpuXml = await baseline.ComputeAsync(shell, cpus, cancellationToken);
                if (shell == computing[0] || await baseline.FindIncompatibilityAsync(computing[0], cpuXml, cancellationToken) is null)
                {
                    models[pool] = (key, cpuXml);
                    return cpuXml;
                }
            }
            catch (HostRefusedException refused) when (cpus.Distinct(StringComparer.Ordinal).Skip(1).Any())
            {
                refusal ??= refused;
            }
        }

        var pinned = shells.ToList().FindIndex(shell => shell.Name == pinnedTo);
        return pinned < 0 ? throw new NoCommonCpuModelException(pool, refusal!) : await baseline.ComputeAsync(shells[pinned], [cpus[pinned]], cancellationToken);
    }

    /// <summary>
    /// One host of each version of libvirt, the oldest first: what it computes has names that all know. Only where it does not know the others' processors a newer one tries, and the oldest says
    /// whether it can give what comes of that. Of one version the first host.
    /// </summary>
    private static IEnumerable<int> OldestOfEachLibvirt(IReadOnlyList<KvmHost> hosts) => Enumerable.Range(0, hosts.Count)
        .Select(place => (Place: place, Libvirt: Version.TryParse(hosts[place].Status?.System?.Libvirt, out var version) ? version : new Version()))
        .OrderBy(host => host.Libvirt)
        .DistinctBy(host => host.Libvirt)
        .Select(host => host.Place);
}
