using KvmOperator.Planning.Relief;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>All single moves off the hottest host that the rules allow, by the rules as they are written in docs/relief.md, in code of its own.</summary>
internal static class ReliefOracle
{
    private const double GibiByte = 1L << 30;

    /// <summary>What each allowed move brings for what it costs.</summary>
    public static IReadOnlyList<double> Worths(ReliefView view)
    {
        var found = new List<double>();
        var hot = view.Hosts.Where(host => host.Use >= 0.85).OrderByDescending(host => host.Use).ThenBy(host => host.Name, StringComparer.Ordinal).FirstOrDefault();
        if (hot is null)
        {
            return found;
        }

        var survivors = Homeless(view.Hosts, null, hot.Name, hot.Name);
        foreach (var guest in hot.Guests.Where(guest => guest is { Obstacle: null, Cores: not null }))
        {
            var stays = guest.LastMove is { } last && view.Now - last < TimeSpan.FromMinutes(Math.Min(480, 30 * Math.Pow(2, guest.Moves)));
            if (stays || guest.Cores > 0.6 * (hot.Use * hot.Processors))
            {
                continue;
            }

            foreach (var target in view.Hosts.Where(host => host.Name != hot.Name && host.Use < 0.85))
            {
                var (leaves, arrives) = (hot.Use!.Value - (guest.Cores!.Value / hot.Processors), target.Use!.Value + (guest.Cores.Value / target.Processors));
                var (free, all) = (Memory(target.Place.FreeMemoryBytes), Memory(target.Place.AllocatableMemoryBytes));
                var needs = Memory(guest.Needs.MemoryBytes);
                var isAlone = !guest.Needs.AntiAffinityGroups.Overlaps(target.Place.AntiAffinityGroups);
                var gain = (Over(hot.Use.Value) * hot.Processors) + (Over(target.Use.Value) * target.Processors) - (Over(leaves) * hot.Processors) - (Over(arrives) * target.Processors);
                var fall = Math.Max(hot.Use.Value, target.Use.Value) - Math.Max(leaves, arrives);
                if (arrives <= 0.7 && needs <= free && all - free + needs <= 0.85 * all && isAlone && gain >= 0.5 && fall >= 0.1 && Homeless(view.Hosts, guest, hot.Name, target.Name) <= survivors)
                {
                    found.Add(gain / ((needs * 1024 / view.MebibytesPerSecond) + 2));
                }
            }
        }

        return found;

        static double Over(double use) => Math.Max(0, use - 0.8);
    }

    /// <summary>Guests without a place, over all hosts that could fail; those of a failed host choose the emptiest host, the largest first.</summary>
    private static int Homeless(IReadOnlyList<ReliefHost> hosts, ReliefGuest? moved, string source, string target)
    {
        var guests = hosts.ToDictionary(host => host.Name, host => host.Guests.ToList(), StringComparer.Ordinal);
        if (moved is not null)
        {
            guests[source].RemoveAll(guest => guest.Name == moved.Name);
            guests[target].Add(moved);
        }

        var homeless = 0;
        foreach (var failed in hosts)
        {
            var free = hosts.Where(host => host.Name != failed.Name).ToDictionary(host => host.Name, host => Memory(host.Place.AllocatableMemoryBytes) - guests[host.Name].Sum(guest => Memory(guest.Needs.MemoryBytes)), StringComparer.Ordinal);
            var groups = free.Keys.ToDictionary(name => name, name => guests[name].SelectMany(guest => guest.Needs.AntiAffinityGroups).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
            foreach (var guest in guests[failed.Name].OrderByDescending(guest => guest.Needs.MemoryBytes).ThenBy(guest => guest.Name, StringComparer.Ordinal))
            {
                var place = free.Keys
                    .Where(name => free[name] >= Memory(guest.Needs.MemoryBytes) && !guest.Needs.AntiAffinityGroups.Overlaps(groups[name]))
                    .OrderByDescending(name => free[name])
                    .ThenBy(name => name, StringComparer.Ordinal)
                    .FirstOrDefault();
                if (place is null)
                {
                    homeless++;
                    continue;
                }

                free[place] -= Memory(guest.Needs.MemoryBytes);
                groups[place].UnionWith(guest.Needs.AntiAffinityGroups);
            }
        }

        return homeless;
    }

    private static double Memory(long bytes) => bytes / GibiByte;
}
