using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.NfsStores;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Guests;

/// <summary>Which hosts may have a guest, and where it is by the latest looks. Leaving one out is how a guest is started twice.</summary>
public sealed class GuestHostsTests
{
    private static readonly HostObservation Runs = Given.Host(Given.Domain(DomainState.Running));

    private readonly FakeTimeProvider clock = new();
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly FrozenServer machines = new();
    private readonly HostObservations observations;
    private readonly GuestHosts guestHosts;

    public GuestHostsTests()
    {
        var index = new DomainIndex();
        observations = new HostObservations(machines, index, hosts, new HostRig.Wakes<KvmHost>(), new HostRig.Wakes<VirtualMachine>(), HostRig.LookMetrics(), clock);
        guestHosts = new GuestHosts(HostRig.Connections(HostRig.Secrets(), machines, clock), new VirshDomains(), observations, index, new PoolViews(hosts), hosts, new HostRig.Wakes<KvmHost>(), clock);
    }

    [Fact]
    public async Task A_host_whose_spec_became_invalid_counts_as_silent_and_its_guests_are_not_started_elsewhere()
    {
        Put("node1", address: "");
        Put("node2");
        await SeeAsync("node1", Runs);
        await SeeAsync("node2", Given.Host());

        var location = guestHosts.Locate(Machine);

        Assert.Equal(["node1"], location.Unknown);
        Assert.Empty(location.Running);
        Assert.IsType<GuestStep.Ask>(GuestLifecycle.Next(GuestReading.Facts(Given.Spec(), Machine.Status!, location), TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task It_is_where_it_was_seen_and_unknown_where_no_look_was_or_the_last_one_is_too_old()
    {
        Put("node1");
        Put("node2");
        await SeeAsync("node2", Runs);
        var location = guestHosts.Locate(Machine);
        Assert.Equal(["node2"], location.Running);
        Assert.Equal(["node1"], location.Unknown);
        Assert.False(guestHosts.AreCurrent(Machine));

        await SeeAsync("node1", Given.Host());
        Assert.Empty(guestHosts.Locate(Machine).Unknown);
        Assert.True(guestHosts.AreCurrent(Machine));

        clock.Advance(TimeSpan.FromMinutes(3));
        location = guestHosts.Locate(Machine);
        Assert.Empty(location.Running);
        Assert.Equal(["node1", "node2"], location.Unknown);
    }

    [Fact]
    public async Task Hosts_of_another_pool_are_asked_only_where_the_guest_was_last()
    {
        Put("node9", pool: "other");
        Put("node2");
        Put("node1", pool: "other");
        await SeeAsync("node9", Runs);
        await SeeAsync("node1", Runs);

        Assert.Equal(["node1", "node2"], Names());
        Assert.Equal(["node1"], guestHosts.Locate(Machine).Running);
    }

    [Fact]
    public async Task A_fenced_host_is_not_asked()
    {
        Put("node1", condition: new V1Condition { Type = KvmHostConditions.Fenced, Status = "True" });
        Put("node2");
        await SeeAsync("node1", Runs);

        var location = guestHosts.Locate(Machine);
        Assert.Equal(["node2"], location.Unknown);
        Assert.Empty(location.Running);
        Assert.Null(await guestHosts.ReachableShellAsync("node1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_host_that_is_another_ones_machine_is_not_asked_unless_the_guest_was_last_there()
    {
        var same = new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine };
        Put("node3", condition: same);
        Put("node2");
        Put("node1", condition: same);

        Assert.Equal(["node1", "node2"], Names());
    }

    [Theory]
    [InlineData("""{"spec": {"pool": "default"}}""", true)]
    [InlineData("""{"spec": {"pool": "other"}}""", false)]
    [InlineData("{}", true)]
    public async Task A_host_whose_object_cannot_be_read_may_have_the_guest_and_cannot_be_asked(string content, bool may)
    {
        Put("node1");
        await SeeAsync("node1", Given.Host());
        using var document = System.Text.Json.JsonDocument.Parse(content);
        hosts.PutUndecodable(new UndecodableObject(new EntityKey(null, "later"), null, new Dictionary<string, string>(StringComparer.Ordinal), document.RootElement.Clone(), "an unknown mode"));

        Assert.Equal(may ? ["later"] : Array.Empty<string>(), guestHosts.Locate(Machine).Unknown);
    }

    [Fact]
    public async Task The_last_question_waits_a_moment_and_no_longer_for_a_host_that_did_not_answer_before()
    {
        var token = TestContext.Current.CancellationToken;
        Put("node1");
        machines.Run = async (_, cancellation) =>
        {
            machines.Asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            throw new NotSupportedException();
        };

        var asking = guestHosts.AskAsync(Machine, token);
        await machines.Asked.Task.WaitAsync(token);
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["node1"], (await asking.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, token)).Silent);
    }

    [Fact]
    public async Task A_host_that_answered_a_moment_ago_is_waited_for()
    {
        var token = TestContext.Current.CancellationToken;
        Put("node1");
        await SeeAsync("node1", Runs);
        var answer = new TaskCompletionSource<CommandResult>();
        machines.Run = (_, cancellation) => answer.Task.WaitAsync(cancellation);

        var asking = guestHosts.AskAsync(Machine, token);
        clock.Advance(TimeSpan.FromSeconds(30));
        answer.SetException(new HostUnreachableException("node1", "no route to host", commandMayHaveRun: false));

        Assert.Equal(["node1"], (await asking).Silent);
    }

    private IEnumerable<string> Names() => guestHosts.Of(Machine).Select(host => host.Name);

    private static VirtualMachine Machine => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
        Spec = Given.Spec(),
        Status = new VirtualMachineStatus { Host = "node1", StartTime = DateTime.UnixEpoch },
    };

    private async Task SeeAsync(string host, HostObservation seen)
    {
        machines.Seen = seen with { BootId = host };
        await observations.LookAsync(host, machines, [], TestContext.Current.CancellationToken);
    }

    private void Put(string name, string pool = "default", string? address = null, V1Condition? condition = null)
    {
        var host = HostRig.Host(name);
        host.Spec = host.Spec with { Pool = pool, Address = address ?? host.Spec.Address };
        host.Status = condition is null ? null : new KvmHostStatus { Conditions = [condition] };
        hosts.Put(host, out _);
    }
}
