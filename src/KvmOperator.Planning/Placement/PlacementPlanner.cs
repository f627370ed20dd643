using System.Globalization;

namespace KvmOperator.Planning.Placement;

/// <summary>Finds a host for a guest: of those that fit and have not too much to do already, the one with the most memory left afterwards.</summary>
public static class PlacementPlanner
{
    /// <summary>Chooses a host. The order of the hosts does not matter; equal ones are told apart by name.</summary>
    public static PlacementVerdict Choose(PlacementGuest guest, IEnumerable<PlacementHost> hosts)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ArgumentNullException.ThrowIfNull(hosts);
        var refusals = new Dictionary<string, string>(StringComparer.Ordinal);
        var fitting = new List<PlacementHost>();
        foreach (var host in hosts.Where(host => host.Pool == guest.Pool).OrderBy(host => host.Name, StringComparer.Ordinal))
        {
            if (Refuse(guest, host) is { } reason)
            {
                refusals[host.Name] = reason;
            }
            else
            {
                fitting.Add(host);
            }
        }

        if (guest.OnlyHost is { } only && fitting.Count == 0 && !refusals.ContainsKey(only))
        {
            refusals[only] = $"there is no such KvmHost in the pool '{guest.Pool}': correct spec.placement";
        }

        // The sorting keeps the order of equal ones.
        IReadOnlyList<string> names = [.. fitting.OrderBy(host => host.IsOverloaded).ThenByDescending(host => host.FreeMemoryBytes).Select(host => host.Name)];
        return new PlacementVerdict(names.Count > 0 ? names[0] : null, refusals) { Fitting = names };
    }

    /// <summary>Why a host cannot have a guest; null when it can.</summary>
    public static string? Refuse(PlacementGuest guest, PlacementHost host)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ArgumentNullException.ThrowIfNull(host);
        if (guest.OnlyHost is { } only && only != host.Name)
        {
            return $"spec.placement.hostRef asks for {only}";
        }

        if (host.Unavailable is { } unavailable)
        {
            return unavailable;
        }

        if (guest.Stores.Except(host.Stores, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } missing)
        {
            return $"it cannot use the store {string.Join(", ", missing)}: see the store's mounts (kubectl describe nfsstore)";
        }

        if (host.Networks is { } networks && guest.Networks.Except(networks, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } off)
        {
            return $"it has no active network {string.Join(", ", off)}: make it there (virsh net-define, net-start), or name another one in spec.networks";
        }

        if (host.Bridges is { } bridges && guest.Bridges.Except(bridges, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } absent)
        {
            return $"it has no bridge {string.Join(", ", absent)}: make it there (ip link), or name another one in spec.networks";
        }

        if (guest.AntiAffinityGroups.Intersect(host.AntiAffinityGroups, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } groups)
        {
            return $"another guest of the group {string.Join(", ", groups.Select(group => group[(group.IndexOf('/', StringComparison.Ordinal) + 1)..]))} is there";
        }

        var overhead = host.IsHome ? 0 : guest.OverheadBytes;
        if (guest.MemoryBytes + overhead > host.FreeMemoryBytes)
        {
            return $"{MebiBytes(host.FreeMemoryBytes)} MiB of memory are left for guests, {MebiBytes(guest.MemoryBytes)} MiB are needed{(overhead > 0 ? $" and {MebiBytes(overhead)} MiB for its QEMU" : string.Empty)}";
        }

        return guest.Vcpus > host.AllocatableCpus - host.AllocatedCpus
            ? $"{Math.Max(0, host.AllocatableCpus - host.AllocatedCpus)} virtual CPUs are left for guests, {guest.Vcpus} are needed (spec.capacity.cpuOvercommitPercent of the host decides)"
            : null;
    }

    private static string MebiBytes(long bytes) => (Math.Max(0, bytes) / (1024 * 1024)).ToString(CultureInfo.InvariantCulture);
}
