using CsCheck;
using KvmOperator.Planning.Drain;
using KvmOperator.Planning.Placement;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Drain;

/// <summary>Who leaves a host in maintenance next, where to, and what is said of those that stay.</summary>
public sealed class DrainPlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_largest_ones_go_first_and_no_more_at_once_than_may()
    {
        var next = Next([Guest("small", 1), Guest("large", 3), Guest("middle", 2)], GivenPlaces.Host("node2", 10));

        Assert.Equal([new DrainStep("default/large", "node2"), new DrainStep("default/middle", "node2")], next.Begin);
        Assert.Equal(["default/large Moving", "default/middle Moving", "default/small Waiting"], Standings(next).Order(StringComparer.Ordinal));
        Assert.Equal("it goes to node2 when another one has left", next.Left.Single(guest => guest.Standing == DrainStanding.Waiting).Why);
    }

    [Fact]
    public void What_goes_already_counts_also_before_it_has_begun_and_a_person_s_move_when_it_has()
    {
        var own = Guest("own", 1) with { Move = new DrainMove("drain", "node2", IsOwn: true, HasBegun: false) };
        var person = Guest("person", 1) with { Move = new DrainMove("mine", "node2", IsOwn: false, HasBegun: true) };
        var idle = Guest("idle", 1) with { Move = new DrainMove("mine", "node2", IsOwn: false, HasBegun: false) { Waits = "it waits: something" } };

        Assert.Empty(Next([own, person, Guest("more", 1)], GivenPlaces.Host("node2", 10)).Begin);
        Assert.Single(Next([own, idle, Guest("more", 1)], GivenPlaces.Host("node2", 10)).Begin);
        Assert.Equal("VmMigration mine to node2 waits: it waits: something", Next([idle], GivenPlaces.Host("node2", 10)).Left.Single().Why);
    }

    /// <summary>Two that need one host each, and one that has the choice: it does not take what another one needs.</summary>
    [Fact]
    public void Targets_are_chosen_so_that_all_fit()
    {
        var next = Next([Guest("a", 3), Guest("b", 2), Guest("c", 2)], most: 5, GivenPlaces.Host("node2", 4), GivenPlaces.Host("node3", 3));

        Assert.Equal([("default/a", "node3"), ("default/b", "node2"), ("default/c", "node2")], next.Begin.Select(step => (step.Guest, step.Target)));
    }

    [Fact]
    public void A_host_that_takes_nobody_is_no_target_and_a_move_there_that_has_not_begun_is_taken_back()
    {
        var away = GivenPlaces.Host("node2", 10) with { Unavailable = "spec.mode is Maintenance: it takes no guests" };
        var waiting = Guest("waiting", 1) with { Move = new DrainMove("drain", "node2", IsOwn: true, HasBegun: false) };
        var running = Guest("running", 1) with { Move = new DrainMove("drain", "node2", IsOwn: true, HasBegun: true) };

        var next = Next([Guest("a", 1), waiting, running], most: 5, away, GivenPlaces.Host("node3", 10));

        Assert.Equal([new DrainStep("default/a", "node3")], next.Begin);
        Assert.Equal(["default/waiting"], next.TakeBack);
        Assert.Contains("node2: spec.mode is Maintenance", Next([Guest("a", 1)], away).Left.Single().Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_go_is_told_first_and_keeps_nobody()
    {
        var blocked = Guest("blocked", 1) with { Obstacle = "spec.availability.onEviction is Block" };
        var large = Guest("huge", 50);
        var failing = Guest("failing", 2) with { Failures = [Failure("node2", minutesAgo: 0)] };

        var next = Next([Guest("goes", 4), failing, large, blocked, Guest("starting", 1) with { Pause = "it is being started" }], GivenPlaces.Host("node2", 10));

        Assert.Equal(["default/blocked Blocked", "default/huge WithoutPlace", "default/failing Failing", "default/starting Waiting", "default/goes Moving"], Standings(next));
        Assert.Equal([new DrainStep("default/goes", "node2")], next.Begin);
        Assert.Equal(3, next.Hindered.Count());
    }

    [Fact]
    public void A_move_that_has_not_begun_goes_when_its_guest_may_not_go_any_more()
    {
        var guest = Guest("a", 1) with { Obstacle = "spec.availability.onEviction is Block", Move = new DrainMove("drain", "node2", IsOwn: true, HasBegun: false) };

        Assert.Equal(["default/a"], Next([guest], GivenPlaces.Host("node2", 10)).TakeBack);
        Assert.Empty(Next([guest with { Move = guest.Move! with { IsOwn = false } }], GivenPlaces.Host("node2", 10)).TakeBack);
    }

    [Fact]
    public void What_one_host_refused_is_tried_elsewhere_at_once_and_there_again_only_later()
    {
        var refused = Guest("a", 1) with { Failures = [Failure("node2", minutesAgo: 0)] };

        Assert.Equal([new DrainStep("default/a", "node3")], Next([refused], GivenPlaces.Host("node2", 10), GivenPlaces.Host("node3", 2)).Begin);
        Assert.Empty(Next([refused], GivenPlaces.Host("node2", 10)).Begin);
        Assert.Equal([new DrainStep("default/a", "node2")], Next([refused with { Failures = [Failure("node2", minutesAgo: 1)] }], GivenPlaces.Host("node2", 10)).Begin);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(5, 16)]
    [InlineData(9, 16)]
    public void A_guest_that_does_not_converge_is_tried_again_later_each_time(int failures, int minutes)
    {
        DrainDecision After(double minutesAgo) => Next(
            [Guest("a", 1) with { Failures = [.. Enumerable.Range(0, failures).Select(number => Failure("node2", minutesAgo + number, isRefused: false))] }],
            GivenPlaces.Host("node2", 10),
            GivenPlaces.Host("node3", 10));

        Assert.Empty(After(minutes - 0.1).Begin);
        Assert.Contains("spec.autoConverge", After(minutes - 0.1).Left.Single().Why, StringComparison.Ordinal);

        // Elsewhere, since that is possible.
        Assert.Equal([new DrainStep("default/a", "node3")], After(minutes).Begin);
    }

    [Fact]
    public void Nobody_left_is_the_end()
    {
        var next = Next([]);

        Assert.True(next.IsDone);
        Assert.Empty(next.Begin);
    }

    /// <summary>Carried out step by step, a drain of any pool ends: everybody for whom there is a place leaves, no host is ever overfull, and never more are away at once than may.</summary>
    [Fact]
    public void A_drain_comes_to_its_end_and_keeps_to_the_limits() => Gen.Select(
        Gen.Int[1, 4].Array[0, 8], Gen.Int[0, 12].Array[1, 3], Gen.Int[1, 3]).Sample(
        (sizes, rooms, most) =>
        {
            var hosts = rooms.Select((room, number) => GivenPlaces.Host($"node{number + 2}", room)).ToDictionary(host => host.Name, StringComparer.Ordinal);
            var guests = sizes.Select((size, number) => Guest($"guest{number}", size)).ToList();
            var possible = GroupPlacement.Find(guests.Select(guest => new GroupGuest(guest.Name, guest.Needs)), hosts.Values).Count;
            for (var round = 0; round <= sizes.Length; round++)
            {
                var next = Next(guests, most, [.. hosts.Values]);
                Assert.True(next.Begin.Count <= most);
                foreach (var step in next.Begin)
                {
                    var guest = guests.Single(one => one.Name == step.Guest);
                    Assert.Null(PlacementPlanner.Refuse(guest.Needs, hosts[step.Target]));
                    hosts[step.Target] = hosts[step.Target].With(guest.Needs);
                    guests.Remove(guest);
                }
            }

            Assert.Equal(possible, sizes.Length - guests.Count);
            Assert.All(Next(guests, most, [.. hosts.Values]).Left, guest => Assert.Equal(DrainStanding.WithoutPlace, guest.Standing));
        },
        iter: 2000);

    private static DrainGuest Guest(string name, int gigabytes) => new($"default/{name}", GivenPlaces.Needs(gigabytes));

    private static DrainFailure Failure(string target, double minutesAgo, bool isRefused = true) => new(target, "VmMigration drain failed: no.", Now.AddMinutes(-minutesAgo), isRefused);

    private static IEnumerable<string> Standings(DrainDecision decision) => decision.Left.Select(guest => $"{guest.Guest} {guest.Standing}");

    private static DrainDecision Next(IReadOnlyCollection<DrainGuest> guests, params PlacementHost[] others) => Next(guests, 2, others);

    private static DrainDecision Next(IReadOnlyCollection<DrainGuest> guests, int most, params PlacementHost[] others) => DrainPlanner.Next(new DrainView("node1", guests, others, most, Now));
}
