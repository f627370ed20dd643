using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts.Draining;

/// <summary>node1 is in maintenance; node2 and node3 can take what runs there.</summary>
public sealed class HostDrainTests : IAsyncLifetime
{
    private const long GibiByte = 1L << 30;

    private readonly HostRig rig = new();
    private readonly List<DomainObservation> domains = [];
    private KvmHost node1 = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        rig.Look = _ => Given.Host([.. domains]);
        node1 = Host("node1");
        node1.Spec = node1.Spec with { Mode = HostMode.Maintenance };
        rig.Add(node1);
        foreach (var other in new[] { "node2", "node3" })
        {
            rig.Add(Host(other));
            await rig.SeeAsync(other, Seen(other), Token);
        }

        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus { Mounts = [.. new[] { "node1", "node2", "node3" }.Select(name => new StoreMount { Host = name, Ready = true })] };
        rig.Add(store);
    }

    public ValueTask DisposeAsync()
    {
        rig.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Its_guests_get_moves_that_say_what_they_are_for()
    {
        Add("web");

        var drained = await DrainAsync();

        var move = Assert.Single(Created());
        Assert.Matches("^drain-node1-web-[0-9a-f]{10}$", move.Name());
        Assert.Equal(("default", "web"), (move.Namespace(), move.Spec.VirtualMachineRef.Name));
        Assert.Contains(move.Spec.TargetHostRef!.Name, new[] { "node2", "node3" });
        Assert.Equal((Labels.Operator, Labels.Drain, "node1"), (move.GetLabel(Labels.CreatedBy), move.GetLabel(Labels.Purpose), move.GetLabel(Labels.LeavesHost)));
        Assert.Equal("node1 is drained: its spec.mode is Maintenance", move.GetAnnotation(Annotations.MoveReason));
        Assert.Equal(300, move.Spec.TimeoutSeconds);
        Assert.Equal(("False", KvmHostReasons.Draining, $"1 guest is left. default/web: it is moved to {move.Spec.TargetHostRef.Name}."), Said(drained));
        Assert.Equal(2, rig.Events.Count(told => told.StartsWith("Normal Evicted:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task No_more_are_made_at_once_than_may_run_and_none_a_second_time()
    {
        Add("a");
        Add("b");
        Add("c");
        await DrainAsync();
        var first = Created();
        Assert.Equal(2, first.Count);

        // The watch has not told of them yet: the API server knows the names.
        rig.Api.OnCreate = HttpStatusCode.Conflict;
        await DrainAsync();
        rig.Api.OnCreate = HttpStatusCode.Created;

        // Another process takes over.
        foreach (var move in first)
        {
            Run(move, VmMigrationPhase.Running);
        }

        await DrainAsync();
        Assert.Equal(2, Created().Count);

        // One has left.
        Run(first[0], VmMigrationPhase.Succeeded);
        domains.RemoveAll(domain => domain.Owner!.Name == first[0].Spec.VirtualMachineRef.Name);
        var target = first[0].Spec.TargetHostRef!.Name;
        await rig.SeeAsync(target, Seen(target, Domain(first[0].Spec.VirtualMachineRef.Name)), Token);
        await DrainAsync();
        Assert.Equal(3, Created().Select(move => move.Spec.VirtualMachineRef.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Both_targets_are_used_when_one_alone_has_no_room_for_all()
    {
        Add("a", memory: "2500Mi");
        Add("b", memory: "2500Mi");

        await DrainAsync();

        Assert.Equal(["node2", "node3"], Created().Select(move => move.Spec.TargetHostRef!.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_itself_going_away_is_no_target()
    {
        Add("a");
        Add("b");
        var leaving = Host("node2", version: 2);
        leaving.Spec = leaving.Spec with { Mode = HostMode.Maintenance };
        rig.Add(leaving);

        await DrainAsync();

        Assert.Equal(["node3", "node3"], Created().Select(move => move.Spec.TargetHostRef!.Name));
    }

    [Fact]
    public async Task Nowhere_to_go_is_said_with_every_reason_and_the_guest_runs_on()
    {
        Add("a");
        foreach (var name in new[] { "node2", "node3" })
        {
            var other = Host(name, version: 2);
            other.Spec = other.Spec with { Mode = HostMode.Cordoned };
            rig.Add(other);
        }

        var (status, reason, message) = Said(await DrainAsync());

        Assert.Equal(("False", KvmHostReasons.DrainBlocked), (status, reason));
        Assert.Contains("default/a: no host can take it: node2: spec.mode is Cordoned", message, StringComparison.Ordinal);
        Assert.Contains("node3: spec.mode is Cordoned", message, StringComparison.Ordinal);
        Assert.Empty(Created());
        Assert.Contains(rig.Events, told => told.StartsWith("Warning DrainBlocked: default/a: no host can take it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("block", "spec.availability.onEviction is Block")]
    [InlineData("pinned", "spec.placement.hostRef keeps it on node1")]
    [InlineData("paused", "the annotation kvmoperator.io/paused keeps it as it is")]
    public async Task Who_may_not_be_moved_stays_and_is_told_with_the_remedy(string kind, string told)
    {
        var guest = Add("a");
        guest.Spec = kind switch
        {
            "block" => guest.Spec with { Availability = new VirtualMachineAvailability { OnEviction = EvictionPolicy.Block } },
            "pinned" => guest.Spec with { Placement = new VirtualMachinePlacement { HostRef = SpecSamples.Named("node1") } },
            _ => guest.Spec,
        };
        if (kind == "paused")
        {
            guest.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };
        }

        var host = await DrainAsync();

        Assert.StartsWith($"1 guest is left. default/a: {told}", Said(host).Message, StringComparison.Ordinal);
        Assert.Equal(KvmHostReasons.DrainBlocked, Said(host).Reason);
        Assert.Empty(Created());

        // Told once, however often it is looked at.
        await rig.ReconcileAsync(host, Token);
        Assert.Single(rig.Events, one => one.StartsWith("Warning DrainBlocked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_domain_that_no_object_stands_for_is_a_person_s_and_is_told()
    {
        domains.Add(Given.HandMade(DomainState.Running, Guid.NewGuid()));

        Assert.StartsWith("1 guest is left. byhand: no object here describes it", Said(await DrainAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_is_off_because_it_may_not_be_started_there_goes_and_one_that_rests_stays()
    {
        var waits = Add("waits", DomainState.ShutOff);
        waits.Status = waits.Status! with { Conditions = [new V1Condition { Type = VirtualMachineConditions.Running, Status = "False", Reason = VirtualMachineReasons.NoHostFits }] };
        var rests = Add("rests", DomainState.ShutOff);
        rests.Spec = rests.Spec with { RunStrategy = RunStrategy.Halted };

        var host = await DrainAsync();
        Assert.Equal("waits", Assert.Single(Created()).Spec.VirtualMachineRef.Name);
        Assert.Equal("Draining", host.Status!.Phase);

        domains.RemoveAll(domain => domain.Owner!.Name == "waits");
        host = await rig.ReconcileAsync(host, Token);
        Assert.Equal(("True", CommonReasons.AsExpected, "no guest runs there, and none is placed there; off, and staying there: default/rests"), Said(host));
        Assert.Equal("Drained", host.Status!.Phase);
        Assert.Contains("Normal DrainFinished: no guest is left there", rig.Events);
    }

    /// <summary>Between its end and the refusal of its start nothing is to be taken for the end of the drain.</summary>
    [Fact]
    public async Task A_guest_that_has_just_ended_and_wants_to_run_is_left_too()
    {
        Add("a", DomainState.ShutOff);

        Assert.Equal("1 guest is left. default/a: it has ended, and is moved when its start here was refused.", Said(await DrainAsync()).Message);
        Assert.Empty(Created());
    }

    [Fact]
    public async Task A_guest_that_is_off_and_whose_move_is_made_is_left_until_it_has_gone()
    {
        var guest = Add("a");
        await DrainAsync();
        Run(Created()[0], VmMigrationPhase.Pending);
        guest.Spec = guest.Spec with { RunStrategy = RunStrategy.Manual };
        domains[0] = Domain("a", DomainState.ShutOff);

        Assert.Equal(("False", KvmHostReasons.Draining), (Said(await DrainAsync()).Status, Said(node1).Reason));
    }

    /// <summary>libvirt has the domain on both hosts then.</summary>
    [Fact]
    public async Task A_guest_that_is_being_sent_hinders_nothing()
    {
        Add("a");
        await DrainAsync();
        var move = Created()[0];
        Run(move, VmMigrationPhase.Running);
        await rig.SeeAsync(move.Spec.TargetHostRef!.Name, Seen(move.Spec.TargetHostRef.Name, Domain("a", DomainState.Paused)), Token);

        Assert.Equal(("False", KvmHostReasons.Draining, $"1 guest is left. default/a: VmMigration {move.Name()} moves it to {move.Spec.TargetHostRef.Name}."), Said(await DrainAsync()));
        Assert.DoesNotContain(rig.Events, told => told.StartsWith("Warning", StringComparison.Ordinal));
    }

    /// <summary>What is left of a move to do is done by its source: a host that is restarted meanwhile would cut that off.</summary>
    [Fact]
    public async Task A_guest_that_is_seen_elsewhere_is_left_until_its_move_is_over()
    {
        Add("a");
        await DrainAsync();
        var move = Created()[0];
        Run(move, VmMigrationPhase.Running);
        domains.Clear();
        Assert.Equal(("False", KvmHostReasons.Draining, $"1 guest is left. default/a: VmMigration {move.Name()} moves it to {move.Spec.TargetHostRef!.Name}."), Said(await DrainAsync()));
        Assert.Equal("Draining", node1.Status!.Phase);

        Run(move, VmMigrationPhase.Succeeded);
        Assert.Equal("True", Said(await DrainAsync()).Status);
    }

    [Fact]
    public async Task A_move_that_failed_is_said_and_made_again_later_under_another_name()
    {
        Add("a");
        await DrainAsync();
        var first = Assert.Single(Created());
        Fail(first, VmMigrationReasons.TimedOut, "the time is up. The guest is on node1 as before; a new VmMigration tries again.");

        var (_, reason, message) = Said(await DrainAsync());
        Assert.Equal(KvmHostReasons.DrainBlocked, reason);
        Assert.Contains($"VmMigration {first.Name()} to {first.Spec.TargetHostRef!.Name} failed: the time is up", message, StringComparison.Ordinal);
        Assert.Single(Created());

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await DrainAsync();
        Assert.Equal(2, Created().Count);
        Assert.NotEqual(first.Name(), Created()[1].Name());
        Assert.NotEqual(first.Spec.TargetHostRef.Name, Created()[1].Spec.TargetHostRef!.Name);
    }

    /// <summary>A refusal takes less than a second, and times are kept in seconds.</summary>
    [Fact]
    public async Task Two_that_end_in_the_same_second_are_followed_by_a_third_name()
    {
        Add("a");
        await DrainAsync();
        for (var tries = 1; tries <= 2; tries++)
        {
            Fail(Created()[^1], VmMigrationReasons.PreflightRefused, "no");
            await DrainAsync();
        }

        rig.Clock.Advance(TimeSpan.FromMinutes(2));
        await rig.SeeAsync("node2", Seen("node2"), Token);
        await DrainAsync();
        Assert.Equal(3, Created().Select(move => move.Name()).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_person_s_move_is_waited_for()
    {
        Add("a");
        rig.Add(new VmMigration
        {
            Metadata = new V1ObjectMeta { Name = "mine", NamespaceProperty = "default", Uid = "mine" },
            Spec = new VmMigrationSpec { VirtualMachineRef = SpecSamples.Named("a"), TargetHostRef = SpecSamples.Named("node3") },
        });

        Assert.Equal("1 guest is left. default/a: VmMigration mine to node3 waits for its turn.", Said(await DrainAsync()).Message);
        Assert.Empty(Created());
    }

    [Fact]
    public async Task The_end_of_maintenance_takes_back_what_has_not_begun_and_lets_run_what_has()
    {
        Add("a");
        Add("b");
        await DrainAsync();
        Run(Created()[0], VmMigrationPhase.Running);
        Run(Created()[1], VmMigrationPhase.Pending);

        node1.Spec = node1.Spec with { Mode = HostMode.Active };
        var host = await DrainAsync();

        Assert.Equal([Created()[1].Name()], rig.Api.Deleted);
        Assert.Equal(("False", CommonReasons.Unmanaged), (Said(host).Status, Said(host).Reason));
    }

    [Fact]
    public async Task A_host_that_is_paused_is_left_as_it_is()
    {
        Add("a");
        node1.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.Paused] = "true" };

        Assert.Contains("Nothing is done: the annotation kvmoperator.io/paused", Said(await DrainAsync()).Message, StringComparison.Ordinal);
        Assert.Empty(Created());
    }

    [Fact]
    public async Task An_API_server_that_takes_no_move_is_said_and_the_host_is_watched_on()
    {
        Add("a");
        rig.Api.OnCreate = HttpStatusCode.Forbidden;

        var host = await DrainAsync();

        Assert.Equal(KvmHostReasons.DrainBlocked, Said(host).Reason);
        Assert.Contains("no VmMigration can be made in the namespace default", Said(host).Message, StringComparison.Ordinal);
        Assert.Equal("True", host.Status!.Conditions.Single(condition => condition.Type == KvmHostConditions.Reachable).Status);
    }

    [Fact]
    public async Task A_guest_of_another_cluster_s_drain_gets_a_name_of_its_own()
    {
        var guest = Add("a");
        await DrainAsync();
        guest.Metadata.Uid = "made anew";
        await DrainAsync();

        Assert.Equal(2, Created().Select(move => move.Name()).Distinct(StringComparer.Ordinal).Count());
    }

    private async Task<KvmHost> DrainAsync() => node1 = await rig.ReconcileAsync(node1, Token);

    private List<VmMigration> Created() => [.. rig.Api.Created.Select(body => k8s.KubernetesJson.Deserialize<VmMigration>(JsonNode.Parse(body)!.ToJsonString()))];

    private VirtualMachine Add(string name, DomainState state = DomainState.Running, string memory = "256Mi")
    {
        var guest = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name },
            Spec = Given.Spec() with { Memory = new ResourceQuantity(memory) },
            Status = new VirtualMachineStatus { Host = "node1" },
        };
        rig.Add(guest);
        domains.Add(Domain(name, state));
        return guest;
    }

    private static HostObservation Seen(string host, params DomainObservation[] there) => Given.Host(there) with { BootId = host };

    private static DomainObservation Domain(string name, DomainState state = DomainState.Running)
    {
        var identity = new DomainIdentity("default", name);
        return Given.Domain(state, owner: new OwnerMarker("default", name), name: identity.DomainName) with { Uuid = identity.Uuid };
    }

    private void Run(VmMigration move, VmMigrationPhase phase) => Put(move, new VmMigrationStatus { Phase = phase, SourceHost = "node1", TargetHost = move.Spec.TargetHostRef!.Name, CompletionTime = VmMigrationPhases.IsEnd(phase) ? Now : null });

    private void Fail(VmMigration move, string reason, string message) => Put(
        move,
        new VmMigrationStatus { Phase = VmMigrationPhase.Failed, CompletionTime = Now, Conditions = [new V1Condition { Type = CommonConditions.Succeeded, Status = "False", Reason = reason, Message = message }] });

    private void Put(VmMigration move, VmMigrationStatus status)
    {
        // Before it is changed: the store finds it by what it was.
        rig.Remove(move);
        move.Metadata.Uid = move.Name();
        move.Status = status;
        rig.Add(move);
    }

    private DateTime Now => rig.Clock.GetUtcNow().UtcDateTime;

    private static (string Status, string Reason, string Message) Said(KvmHost host)
    {
        var condition = host.Status!.Conditions.Single(one => one.Type == KvmHostConditions.Drained);
        return (condition.Status, condition.Reason, condition.Message);
    }

    private static KvmHost Host(string name, int version = 1)
    {
        var host = HostRig.Host(name);
        host.Metadata.ResourceVersion = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        host.Spec = host.Spec with { Pool = "default", Mode = HostMode.Active };
        host.Status = new KvmHostStatus
        {
            Capacity = new HostCapacity { AllocatableCpus = 8, AllocatableMemoryBytes = 3 * GibiByte },
            Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = "True" }],
        };
        return host;
    }
}
