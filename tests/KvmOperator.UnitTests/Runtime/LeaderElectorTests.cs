using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class LeaderElectorTests : IDisposable
{
    private static readonly LeaderElectionTimings Timings = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2));
    private readonly FakeTimeProvider clock = new();
    private readonly LeaseServer server;
    private readonly FakeApiServer api;
    private readonly LeaderElector elector;

    public LeaderElectorTests()
    {
        server = new LeaseServer(clock);
        api = server.Server;
        elector = new LeaderElector(
            new LeaseLock(api.Client(clock), "here", "lease", "me", Timings.LeaseDuration, clock), new LeaseObserver("me", clock), Timings, clock, NullLogger<LeaderElector>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        elector.Dispose();
        api.Dispose();
    }

    [Fact]
    public async Task It_leads_as_long_as_it_renews_and_an_absence_within_the_deadline_changes_nothing()
    {
        var running = await LeadAsync();

        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.True(elector.IsLeader);
        server.IsAway = true;
        await PassAsync(TimeSpan.FromSeconds(0.9));
        server.IsAway = false;
        await PassAsync(TimeSpan.FromSeconds(10));

        Assert.True(elector.IsLeader);
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task It_gives_up_after_the_deadline_and_time_is_left_before_others_may_lead()
    {
        var running = await LeadAsync();

        server.IsAway = true;
        await UntilAsync(() => running.IsCompleted, TimeSpan.FromSeconds(4));

        Assert.False(elector.IsLeader);
        Assert.True(elector.Lost.IsCancellationRequested);
        Assert.InRange(elector.UntilOthersMayLead, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_renewal_that_would_come_after_the_deadline_is_not_waited_for()
    {
        var running = await LeadAsync();

        // Reading and writing each fit into what is left of the deadline, together they do not.
        server.Delay = TimeSpan.FromSeconds(0.9);

        await UntilAsync(() => running.IsCompleted, TimeSpan.FromSeconds(4));
        Assert.False(elector.IsLeader);
    }

    [Fact]
    public async Task It_gives_up_at_once_when_it_reads_that_somebody_else_leads()
    {
        var running = await LeadAsync();

        server.Holder = "other";

        await UntilAsync(() => running.IsCompleted, TimeSpan.FromSeconds(2.5));
        Assert.Equal(TimeSpan.Zero, elector.UntilOthersMayLead);
        Assert.Equal("other", server.Holder);
    }

    [Fact]
    public async Task Nobody_who_listens_to_the_loss_can_hold_it_up()
    {
        using var blocked = new ManualResetEventSlim();
        var running = await LeadAsync();
        elector.Lost.Register(() => blocked.Wait(TimeSpan.FromSeconds(30)));

        server.IsAway = true;
        await UntilAsync(() => running.IsCompleted, TimeSpan.FromSeconds(4));

        blocked.Set();
        Assert.True(elector.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_standby_asks_when_the_lease_runs_out_and_not_a_retry_later()
    {
        server.Holder = "other";
        var started = clock.GetTimestamp();
        _ = await StartAsync();

        await UntilAsync(() => elector.IsLeader, TimeSpan.FromSeconds(8));

        Assert.InRange(clock.GetElapsedTime(started), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.3));
    }

    private async Task<Task> LeadAsync()
    {
        var running = await StartAsync();
        await RealAsync(() => elector.IsLeader);
        return running;
    }

    private async Task PassAsync(TimeSpan time)
    {
        var started = clock.GetTimestamp();
        await UntilAsync(() => clock.GetElapsedTime(started) >= time, time + TimeSpan.FromSeconds(1));
    }

    /// <summary>
    /// Away from the test's own context: then the elector goes on within the step of the clock that wakes it, however busy the machine is. Answers
    /// when the server was asked for the first time.
    /// </summary>
    private async Task<Task> StartAsync()
    {
        var running = Task.Run(() => elector.RunAsync(Token), Token);
        await RealAsync(() => server.Answers > 0);

        // A moment to take the answer in.
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        return running;
    }

    private static async Task RealAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }
    }

    /// <summary>Lets time pass in small steps, with a real moment after each for what is woken elsewhere.</summary>
    private Task UntilAsync(Func<bool> condition, TimeSpan within) => Task.Run(
        async () =>
        {
            var started = clock.GetTimestamp();
            while (!condition())
            {
                Assert.True(clock.GetElapsedTime(started) <= within, $"not within {within}");
                clock.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Token);
            }
        },
        Token);
}
