namespace KvmOperator.Planning.Placement;

/// <summary>
/// Finds places for several guests at once, so that all of them fit if that is possible at all. Pure. It tries the largest guest first, on the host with the most memory left, and takes choices back that leave another
/// guest without a place. Pools for which that would take too long get the best that was found until then.
/// </summary>
public static class GroupPlacement
{
    /// <summary>So many times a guest is held against a host. It bounds the time (about a tenth of a second), and is many times what pools need that are not filled to the last byte.</summary>
    private const int MostChecks = 50_000;

    /// <summary>Where each guest goes, by its name. Those for which no place was found are not in it.</summary>
    /// <param name="guests">The guests.</param>
    /// <param name="hosts">The hosts, with what is there and on its way to them. Their order does not matter.</param>
    public static IReadOnlyDictionary<string, string> Find(IEnumerable<GroupGuest> guests, IEnumerable<PlacementHost> hosts)
    {
        ArgumentNullException.ThrowIfNull(guests);
        ArgumentNullException.ThrowIfNull(hosts);
        var search = new Search(
            [.. guests.OrderByDescending(guest => guest.Needs.MemoryBytes).ThenByDescending(guest => guest.Needs.Vcpus).ThenBy(guest => guest.Name, StringComparer.Ordinal)],
            [.. hosts.OrderBy(host => host.Name, StringComparer.Ordinal)]);
        return search.Run();
    }

    /// <summary>Whether a host can have a guest.</summary>
    public static bool Takes(PlacementHost host, GroupGuest guest)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(guest);
        return host.Pool == guest.Needs.Pool && !guest.Avoided.Contains(host.Name) && PlacementPlanner.Refuse(guest.Needs, host) is null;
    }

    private sealed class Search(GroupGuest[] guests, PlacementHost[] hosts)
    {
        private readonly int[] places = [.. guests.Select(_ => -1)];
        private int[] best = [.. guests.Select(_ => -1)];
        private int bestCount = -1;
        private int checks;

        private bool IsOver => bestCount == guests.Length || (bestCount >= 0 && checks >= MostChecks);

        public Dictionary<string, string> Run()
        {
            Place(0, 0);
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var guest = 0; guest < guests.Length; guest++)
            {
                if (best[guest] >= 0)
                {
                    found[guests[guest].Name] = hosts[best[guest]].Name;
                }
            }

            return found;
        }

        private void Place(int next, int placed)
        {
            if (next == guests.Length)
            {
                if (placed > bestCount)
                {
                    (best, bestCount) = ([.. places], placed);
                }

                return;
            }

            if (placed + guests.Length - next <= bestCount)
            {
                return;
            }

            checks += hosts.Length;
            var fitting = Enumerable.Range(0, hosts.Length).Where(host => Takes(hosts[host], guests[next])).OrderBy(host => hosts[host].IsOverloaded).ThenByDescending(host => hosts[host].FreeMemoryBytes).ToList();
            foreach (var host in fitting)
            {
                var before = hosts[host];
                (hosts[host], places[next]) = (before.With(guests[next].Needs), host);
                Place(next + 1, placed + 1);
                (hosts[host], places[next]) = (before, -1);
                if (IsOver)
                {
                    return;
                }
            }

            Place(next + 1, placed);
        }
    }
}
