using CsCheck;
using KvmOperator.Planning.Relief;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>Pools with loads for tests of relief.</summary>
internal static class GivenLoad
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly Gen<ReliefGuest> AnyGuest = Gen.Select(
        Gen.Int[1, 40], Gen.Int[1, 6], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 3],
        (tenths, gigabytes, trouble, moves, group) => new ReliefGuest("?", GivenPlaces.Needs(gigabytes, 1, group == 0 ? "default/a" : null))
        {
            Cores = trouble == 0 ? null : tenths / 10.0,
            Obstacle = trouble == 1 ? "spec.placement.hostRef keeps it there" : null,
            Moves = moves > 2 ? 0 : moves,
            LastMove = moves is 1 or 2 ? Now.AddMinutes(moves == 1 ? -45 : -150) : null,
        });

    private static readonly Gen<(int Processors, int Room, int Base, ReliefGuest[] Guests)> Host = Gen.Select(
        Gen.Int[2, 16], Gen.Int[10, 60], Gen.Int[0, 30], AnyGuest.Array[0, 8], (processors, room, own, guests) => (processors, room, own, guests));

    /// <summary>Two to four hosts with up to eight guests each: hot from 85 %, as full as chance has it.</summary>
    public static Gen<ReliefView> Pool { get; } = Gen.Select(
        Host.Array[2, 4],
        hosts => new ReliefView([.. hosts.Select((host, number) => Make($"node{number + 1}", host.Processors, host.Room, host.Base / 100.0, host.Guests, number))], Now, TimeSpan.FromHours(1), 500));

    /// <summary>A host whose use is its guests' and its own.</summary>
    public static ReliefHost Make(string name, int processors, int gigabytes, double own, IReadOnlyList<ReliefGuest> guests, int number = 0)
    {
        var place = GivenPlaces.Host(name, gigabytes, 256);
        List<ReliefGuest> named = [.. guests.Select((guest, index) => guest.Name == "?" ? guest with { Name = $"default/guest{number}{index}" } : guest)];

        // One guest of a group at most is on a host.
        var grouped = false;
        for (var index = 0; index < named.Count; index++)
        {
            if (named[index].Needs.AntiAffinityGroups.Count > 0 && grouped)
            {
                named[index] = named[index] with { Needs = named[index].Needs with { AntiAffinityGroups = new HashSet<string>(StringComparer.Ordinal) } };
            }

            grouped |= named[index].Needs.AntiAffinityGroups.Count > 0;
            place = place.With(named[index].Needs);
        }

        var use = Math.Min(1, own + (named.Sum(guest => guest.Cores ?? 0.3) / processors));
        return new ReliefHost(place, processors, named) { Use = use, IsHot = use >= ReliefBudgets.Default.HotUse };
    }

    /// <summary>A guest that uses so many cores.</summary>
    public static ReliefGuest Busy(string name, double cores, int gigabytes = 1) => new($"default/{name}", GivenPlaces.Needs(gigabytes)) { Cores = cores };

    public static ReliefView View(params ReliefHost[] hosts) => new(hosts, Now, TimeSpan.FromHours(1), 500);

    /// <summary>The pool after a move, with loads that stay as they are.</summary>
    public static ReliefView After(ReliefView view, ReliefMove move)
    {
        var guest = view.Hosts.Single(host => host.Name == move.Source).Guests.Single(one => one.Name == move.Guest);
        return view with { Hosts = [.. view.Hosts.Select(Change)] };

        ReliefHost Change(ReliefHost host)
        {
            var changed = host.Name == move.Source ? host with { Place = host.Place.Without(guest.Needs), Guests = [.. host.Guests.Where(one => one.Name != guest.Name)], Use = move.SourceUse.After }
                : host.Name == move.Target ? host with { Place = host.Place.With(guest.Needs), Guests = [.. host.Guests, guest], Use = move.TargetUse.After }
                : host;
            return changed with { IsHot = changed.Use >= ReliefBudgets.Default.HotUse };
        }
    }
}
