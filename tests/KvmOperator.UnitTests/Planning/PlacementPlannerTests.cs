using CsCheck;
using KvmOperator.Planning.Placement;
using Xunit;

namespace KvmOperator.UnitTests.Planning;

/// <summary>A guest gets a host that can have it, the best of them, or a reason for each.</summary>
public sealed class PlacementPlannerTests
{
    private const long Gibi = 1L << 30;

    private static readonly Gen<PlacementHost> Host = Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, 1], Gen.Bool, Gen.Int[0, 16], Gen.Long[0, 16], Gen.Int[0, 16], Gen.Long[0, 16], Gen.Bool,
        (name, pool, available, cpus, memory, usedCpus, usedMemory, store) => new PlacementHost(
            $"node{name}", $"pool{pool}", available ? null : "it is not Ready", cpus, memory * Gibi, usedCpus, usedMemory * Gibi, Set(store ? "images" : "other"), Set(usedCpus % 3 == 0 ? "default/web" : "default/db")));

    private static readonly Gen<PlacementGuest> Guest = Gen.Select(
        Gen.Int[0, 1], Gen.Int[0, 12], Gen.Int[1, 4], Gen.Long[1, 4], Gen.Bool,
        (pool, only, cpus, memory, group) => new PlacementGuest($"pool{pool}", only < 10 ? null : $"node{only - 10}", cpus, memory * Gibi, Set("images"), group ? Set("default/web") : Set()));

    [Fact]
    public void The_chosen_host_can_have_the_guest_and_no_better_one_was_left_out() => Gen.Select(Guest, Host.Array[0, 8]).Sample(
        (guest, drawn) =>
        {
            var hosts = drawn.DistinctBy(host => host.Name).ToList();
            var verdict = PlacementPlanner.Choose(guest, hosts);
            var fitting = hosts.Where(host => host.Pool == guest.Pool && PlacementPlanner.Refuse(guest, host) is null).ToList();
            return verdict.Host is null
                ? fitting.Count == 0
                : fitting.Single(host => host.Name == verdict.Host).FreeMemoryBytes == fitting.Max(host => host.FreeMemoryBytes);
        });

    [Fact]
    public void A_guest_goes_where_its_networks_and_bridges_are()
    {
        PlacementHost here = new("node1", "pool", null, 8, 8 * Gibi, 0, 0, Set(), Set()) { Networks = ["default"], Bridges = ["virbr0"] };
        var there = here with { Name = "node2", AllocatedMemoryBytes = 4 * Gibi, Bridges = ["br-dmz", "virbr0"] };
        PlacementGuest guest = new("pool", null, 1, Gibi, Set(), Set()) { Networks = Set("default"), Bridges = Set("br-dmz") };

        var verdict = PlacementPlanner.Choose(guest, [here, there]);
        Assert.Equal("node2", verdict.Host);
        Assert.Contains("node1: it has no bridge br-dmz", verdict.Explain(), StringComparison.Ordinal);
        Assert.Contains("no active network lan", PlacementPlanner.Refuse(guest with { Networks = Set("lan") }, there), StringComparison.Ordinal);

        // What a host did not tell is no reason.
        Assert.Null(PlacementPlanner.Refuse(guest, here with { Networks = null, Bridges = null }));
    }

    [Fact]
    public void What_QEMU_takes_is_room_that_others_cannot_have_and_keeps_nobody_from_his_own_home()
    {
        PlacementHost host = new("node1", "pool", null, 8, 2 * Gibi, 0, 0, Set(), Set());
        PlacementGuest guest = new("pool", null, 1, 2 * Gibi, Set(), Set()) { OverheadBytes = QemuMemory.OverheadBytes(1, 2 * Gibi) };

        Assert.InRange(guest.OverheadBytes, 100 << 20, 250 << 20);
        Assert.Contains("2048 MiB of memory are left for guests, 2048 MiB are needed and 140 MiB for its QEMU", PlacementPlanner.Refuse(guest, host), StringComparison.Ordinal);
        Assert.Null(PlacementPlanner.Refuse(guest, host with { IsHome = true }));

        // 256 GiB, less one for the host: not 127 guests of 2 GiB.
        var places = Enumerable.Range(0, 200).TakeWhile(count => PlacementPlanner.Refuse(guest, host with { AllocatableCpus = 1000, AllocatableMemoryBytes = 255 * Gibi, AllocatedMemoryBytes = count * (guest.MemoryBytes + guest.OverheadBytes) }) is null).Count();
        Assert.InRange(places, 100, 120);
    }

    [Fact]
    public void The_order_of_the_hosts_does_not_matter() => Gen.Select(Guest, Host.Array[0, 8]).Sample(
        (guest, drawn) =>
        {
            var hosts = drawn.DistinctBy(host => host.Name).ToList();
            var verdict = PlacementPlanner.Choose(guest, hosts);
            hosts.Reverse();
            var reversed = PlacementPlanner.Choose(guest, hosts);
            return verdict.Host == reversed.Host && verdict.Explain() == reversed.Explain();
        });

    [Fact]
    public void Every_host_of_the_pool_that_was_not_taken_for_a_reason_has_one() => Gen.Select(Guest, Host.Array[0, 8]).Sample(
        (guest, drawn) =>
        {
            var hosts = drawn.DistinctBy(host => host.Name).ToList();
            var verdict = PlacementPlanner.Choose(guest, hosts);
            return verdict.Host is not null
                || hosts.Where(host => host.Pool == guest.Pool).All(host => verdict.Refusals.TryGetValue(host.Name, out var reason) && reason.Length > 0);
        });

    [Fact]
    public void All_hosts_that_can_have_the_guest_are_told_with_the_best_first() => Gen.Select(Guest, Host.Array[0, 8]).Sample(
        (guest, drawn) =>
        {
            var hosts = drawn.DistinctBy(host => host.Name).ToList();
            var verdict = PlacementPlanner.Choose(guest, hosts);
            var fitting = hosts
                .Where(host => host.Pool == guest.Pool && PlacementPlanner.Refuse(guest, host) is null)
                .OrderByDescending(host => host.FreeMemoryBytes)
                .ThenBy(host => host.Name, StringComparer.Ordinal)
                .Select(host => host.Name);
            return verdict.Fitting.SequenceEqual(fitting) && verdict.Host == (verdict.Fitting.Count > 0 ? verdict.Fitting[0] : null);
        });

    [Fact]
    public void Memory_is_never_promised_twice() => Gen.Select(Guest, Host).Sample(
        (guest, host) => PlacementPlanner.Refuse(guest, host) is not null || host.AllocatedMemoryBytes + guest.MemoryBytes <= host.AllocatableMemoryBytes);

    [Fact]
    public void A_pinned_guest_without_its_host_is_told_so()
    {
        var guest = new PlacementGuest("default", "node9", 1, Gibi, Set(), Set());

        var verdict = PlacementPlanner.Choose(guest, [new PlacementHost("node1", "default", null, 8, 8 * Gibi, 0, 0, Set(), Set())]);

        Assert.Null(verdict.Host);
        Assert.Equal("node1: spec.placement.hostRef asks for node9; node9: there is no such KvmHost in the pool 'default': correct spec.placement", verdict.Explain());
    }

    private static HashSet<string> Set(params string[] names) => new(names, StringComparer.Ordinal);
}
