using CsCheck;
using KvmOperator.Planning.Placement;
using Xunit;

namespace KvmOperator.UnitTests.Planning;

/// <summary>Places for several guests at once, held against all that is possible.</summary>
public sealed class GroupPlacementTests
{
    private const long GibiByte = 1L << 30;

    private static readonly Gen<PlacementHost> Host = Gen.Select(
        Gen.Int[0, 5], Gen.Int[0, 6], Gen.Int[0, 1], Gen.Bool,
        (gigabytes, cpus, group, isAvailable) => GivenPlaces.Host("?", gigabytes, cpus) with
        {
            Unavailable = isAvailable ? null : "spec.mode is Cordoned",
            AntiAffinityGroups = group == 0 ? new HashSet<string>(StringComparer.Ordinal) : new HashSet<string>(StringComparer.Ordinal) { "default/a" },
        });

    private static readonly Gen<GroupGuest> Guest = Gen.Select(
        Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[0, 8],
        (gigabytes, cpus, group, avoided) => GivenPlaces.Guest("?", gigabytes, cpus, group == 1 ? "default/a" : group == 2 ? "default/b" : null) with
        {
            Avoided = avoided < 3 ? new HashSet<string>(StringComparer.Ordinal) { $"node{avoided + 1}" } : new HashSet<string>(StringComparer.Ordinal),
        });

    private static readonly Gen<(PlacementHost[] Hosts, GroupGuest[] Guests)> Pool = Gen.Select(
        Host.Array[1, 3], Guest.Array[0, 6],
        (hosts, guests) => (hosts.Select((host, number) => host with { Name = $"node{number + 1}" }).ToArray(), guests.Select((guest, number) => guest with { Name = $"default/guest{number + 1}" }).ToArray()));

    [Fact]
    public void As_many_get_a_place_as_can_and_none_gets_one_that_it_may_not_have() => Pool.Sample(
        pool =>
        {
            var found = GroupPlacement.Find(pool.Guests, pool.Hosts);

            Assert.True(Fits(pool.Hosts, pool.Guests, found));
            Assert.Equal(MostPlaced(pool.Hosts, pool.Guests), found.Count);
        },
        iter: 3000);

    [Fact]
    public void The_order_in_which_hosts_and_guests_are_named_changes_nothing() => Pool.Sample(
        pool => Assert.Equal(
            GroupPlacement.Find(pool.Guests, pool.Hosts).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            GroupPlacement.Find(pool.Guests.Reverse(), pool.Hosts.Reverse()).OrderBy(pair => pair.Key, StringComparer.Ordinal)),
        iter: 500);

    /// <summary>The largest guest has one place only, which the smaller ones would take if they chose by themselves.</summary>
    [Fact]
    public void A_choice_that_leaves_another_guest_without_a_place_is_taken_back()
    {
        var hosts = new[] { GivenPlaces.Host("node1", 4, 8), GivenPlaces.Host("node2", 3, 8) };
        var guests = new[] { GivenPlaces.Guest("default/any", 3, 1), GivenPlaces.Guest("default/first", 2, 1) with { Avoided = new HashSet<string>(StringComparer.Ordinal) { "node2" } } };

        var found = GroupPlacement.Find(guests, hosts);

        Assert.Equal("node2", found["default/any"]);
        Assert.Equal("node1", found["default/first"]);
    }

    [Fact]
    public void A_host_with_too_much_to_do_is_the_last_choice_and_better_than_none()
    {
        var hosts = new[] { GivenPlaces.Host("node1", 9) with { IsOverloaded = true }, GivenPlaces.Host("node2", 3) };

        Assert.Equal("node2", PlacementPlanner.Choose(GivenPlaces.Needs(2), hosts).Host);
        Assert.Equal("node1", PlacementPlanner.Choose(GivenPlaces.Needs(4), hosts).Host);
        Assert.Equal("node2", GroupPlacement.Find([GivenPlaces.Guest("default/a", 2)], hosts)["default/a"]);
    }

    /// <summary>A pool that is too full for everybody costs no more than its bound, and as many as the simple way finds are placed all the same.</summary>
    [Fact]
    public void A_large_pool_that_cannot_take_all_is_given_up_in_time()
    {
        var hosts = Enumerable.Range(1, 40).Select(number => GivenPlaces.Host($"node{number}", 10, 64)).ToList();
        var guests = Enumerable.Range(1, 150).Select(number => GivenPlaces.Guest($"default/guest{number}", 3 + (number % 3), 1)).ToList();

        var found = GroupPlacement.Find(guests, hosts);

        Assert.InRange(found.Count, 80, 149);
        Assert.True(Fits(hosts, guests, found));
    }

    private static bool Fits(IEnumerable<PlacementHost> hosts, IReadOnlyCollection<GroupGuest> guests, IReadOnlyDictionary<string, string> places)
    {
        var left = hosts.ToDictionary(host => host.Name, StringComparer.Ordinal);
        foreach (var (name, host) in places)
        {
            var guest = guests.First(one => one.Name == name);
            if (!GroupPlacement.Takes(left[host], guest))
            {
                return false;
            }

            left[host] = left[host].With(guest.Needs);
        }

        return true;
    }

    /// <summary>All places that there are, one after the other, by rules that are written down here a second time.</summary>
    private static int MostPlaced(PlacementHost[] hosts, GroupGuest[] guests)
    {
        var memory = hosts.Select(host => host.AllocatableMemoryBytes / GibiByte).ToArray();
        var cpus = hosts.Select(host => host.AllocatableCpus).ToArray();
        var groups = hosts.Select(host => host.AntiAffinityGroups.ToHashSet(StringComparer.Ordinal)).ToArray();
        return Most(0);

        int Most(int next)
        {
            if (next == guests.Length)
            {
                return 0;
            }

            var (guest, most) = (guests[next], Most(next + 1));
            var (gigabytes, group) = (guest.Needs.MemoryBytes / GibiByte, guest.Needs.AntiAffinityGroups.SingleOrDefault());
            for (var host = 0; host < hosts.Length; host++)
            {
                if (hosts[host].Unavailable is not null || guest.Avoided.Contains(hosts[host].Name) || memory[host] < gigabytes || cpus[host] < guest.Needs.Vcpus || (group is not null && !groups[host].Add(group)))
                {
                    continue;
                }

                memory[host] -= gigabytes;
                cpus[host] -= guest.Needs.Vcpus;
                most = Math.Max(most, 1 + Most(next + 1));
                memory[host] += gigabytes;
                cpus[host] += guest.Needs.Vcpus;
                if (group is not null)
                {
                    groups[host].Remove(group);
                }
            }

            return most;
        }
    }
}
