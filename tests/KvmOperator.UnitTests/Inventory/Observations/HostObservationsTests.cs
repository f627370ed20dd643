using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Inventory.Observations;

/// <summary>What is remembered of looks at hosts, with a fake clock and hosts that answer when the test says so.</summary>
public sealed class HostObservationsTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly Answers answers = new();
    private readonly Wakes wakes = new();
    private readonly DomainIndex index = new();
    private readonly HostObservations observations;

    public HostObservationsTests() => observations = new HostObservations(answers, index, new ObjectStore<KvmHost>([]), new HostRig.Wakes<KvmHost>(), wakes, HostRig.LookMetrics(), clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_look_that_took_long_does_not_hide_one_that_began_after_it()
    {
        var slow = LookAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        var quick = LookAsync();
        answers.Give(1, Given.Host(Given.Domain(DomainState.Running)));
        await quick;
        answers.Give(0, Given.Host());
        await slow;

        Assert.Single(observations.Find("node1")!.Domains);
    }

    [Fact]
    public async Task A_look_counts_from_its_beginning()
    {
        var look = LookAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        var change = clock.GetTimestamp();
        answers.Give(0, Given.Host());
        await look;
        Assert.False(observations.IsNewerThan("node1", change));

        clock.Advance(TimeSpan.FromSeconds(1));
        observations.Lost("node1");
        Assert.True(observations.IsNewerThan("node1", change));
    }

    [Fact]
    public async Task Guests_whose_state_changed_are_looked_after_and_no_others()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        Assert.Equal([new EntityKey("default", "xx")], wakes.Keys);

        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        Assert.Single(wakes.Keys);

        await SeeAsync(Given.Host(Given.Domain(DomainState.ShutOff)));
        await SeeAsync(Given.Host());
        Assert.Equal(3, wakes.Keys.Count);
    }

    [Fact]
    public async Task A_guest_whose_definition_was_changed_by_hand_is_looked_after()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running) with { Redefinitions = 1 }));

        Assert.Equal(2, wakes.Keys.Count);
    }

    [Fact]
    public async Task An_old_look_says_nothing_any_more_but_it_was_tried()
    {
        Assert.False(observations.HasTried("node1"));
        await SeeAsync(Given.Host());
        clock.Advance(TimeSpan.FromMinutes(3));

        Assert.Null(observations.Find("node1"));
        Assert.True(observations.HasTried("node1"));
    }

    [Fact]
    public async Task The_domains_of_the_latest_look_are_found_by_their_owner_and_those_of_a_lost_host_are_not_current()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        Assert.Equal("node1", Assert.Single(index.ByOwner(Given.Owner), place => place.IsCurrent).Host);

        observations.Lost("node1");
        Assert.False(Assert.Single(index.ByOwner(Given.Owner)).IsCurrent);

        await SeeAsync(Given.Host());
        Assert.Empty(index.ByOwner(Given.Owner));
    }

    [Fact]
    public async Task Guests_of_a_host_that_does_not_answer_any_more_are_looked_after()
    {
        await SeeAsync(Given.Host(Given.Domain(DomainState.Running)));
        observations.Lost("node1");
        Assert.Equal([new EntityKey("default", "xx"), new EntityKey("default", "xx")], wakes.Keys);

        observations.Lost("node1");
        Assert.Equal(2, wakes.Keys.Count);
    }

    private Task<HostObservation> LookAsync() => observations.LookAsync("node1", new NoShell(), [], Token);

    private async Task SeeAsync(HostObservation seen)
    {
        clock.Advance(TimeSpan.FromSeconds(10));
        var look = LookAsync();
        answers.Give(answers.Asked - 1, seen);
        await look;
    }

    private sealed class Answers : IHostObserver
    {
        private readonly List<TaskCompletionSource<HostObservation>> asked = [];

        public int Asked => asked.Count;

        public void Give(int look, HostObservation seen) => asked[look].SetResult(seen);

        public Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<HostObservation>(TaskCreationOptions.RunContinuationsAsynchronously);
            asked.Add(answer);
            return answer.Task;
        }

        public HostTold? Told { get; private set; }

        public void Listen(HostTold told) => Told = told;

        public ValueTask ForgetAsync(string host) => ValueTask.CompletedTask;

        public Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Wakes : IEntityQueue<VirtualMachine>
    {
        public List<EntityKey> Keys { get; } = [];

        public void Enqueue(EntityKey key, TimeSpan? delay = null) => Keys.Add(key);

        public void EnqueueInBackground(EntityKey key) => throw new NotSupportedException();
    }

    private sealed class NoShell : IHostShell
    {
        public string Name => "node1";

        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
