using System.Text.Json.Nodes;
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
        elector = Elector("me");
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

        // Somebody touched it, so it has to be read. Reading and writing each fit into what is left of the deadline, together they do not.
        server.Set(server.Content);
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

    [Fact]
    public async Task The_first_leader_names_the_installation_and_each_that_takes_over_has_a_higher_epoch()
    {
        Assert.Equal((0, ""), (elector.Epoch, elector.InstallationId));

        await LeadAsync();
        Assert.Equal(1, elector.Epoch);
        Assert.Equal(("1", elector.InstallationId), (server.Epoch, server.Installation));
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1, elector.Epoch);
        await elector.ReleaseAsync(Token);
        Assert.Equal(("", "1"), (server.Holder, server.Epoch));

        using var next = Elector("next");
        await LeadAsync(next);
        Assert.Equal((2, elector.InstallationId), (next.Epoch, next.InstallationId));
        Assert.Equal("2", server.Epoch);
    }

    [Fact]
    public async Task A_process_that_begins_anew_under_the_same_name_has_a_higher_epoch()
    {
        await LeadAsync();

        using var again = Elector("me");
        await LeadAsync(again);

        Assert.Equal(2, again.Epoch);
    }

    [Fact]
    public async Task A_take_over_whose_answer_was_lost_is_one_more_and_never_one_less()
    {
        server.LosesNextAnswer = true;
        _ = await StartAsync();

        await UntilAsync(() => elector.IsLeader, TimeSpan.FromSeconds(5));

        Assert.Equal((2, "2"), (elector.Epoch, server.Epoch));
    }

    [Fact]
    public async Task A_lease_that_is_deleted_under_its_leader_is_made_again_with_its_epoch_and_installation()
    {
        var running = await LeadAsync();
        Assert.Equal(7, await elector.RaiseEpochAboveAsync(6, Token));
        var installation = elector.InstallationId;

        server.Set(null);
        await UntilAsync(() => server.Holder == "me", TimeSpan.FromSeconds(3));

        Assert.Equal(("7", installation), (server.Epoch, server.Installation));
        Assert.Equal(7, elector.Epoch);
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task A_standby_that_saw_the_lease_before_it_was_deleted_or_restored_goes_on_above_it()
    {
        await LeadAsync();
        await elector.RaiseEpochAboveAsync(41, Token);
        var backup = server.Content!;
        backup["metadata"]!["annotations"] = new JsonObject { ["example.com/epoch"] = "3" };
        backup["spec"]!["holderIdentity"] = "";
        using var standby = Elector("standby");
        var before = server.Answers;
        var waiting = Task.Run(() => standby.RunAsync(Token), Token);
        await RealAsync(() => server.Answers > before);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        await elector.ReleaseAsync(Token);

        server.Set(backup);
        await UntilAsync(() => standby.IsLeader, TimeSpan.FromSeconds(8));

        Assert.Equal((43, elector.InstallationId), (standby.Epoch, standby.InstallationId));
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task The_leader_raises_its_epoch_above_what_machines_have_seen_and_it_is_kept()
    {
        await LeadAsync();

        Assert.Equal(101, await elector.RaiseEpochAboveAsync(100, Token));
        Assert.Equal(101, await elector.RaiseEpochAboveAsync(50, Token));
        await PassAsync(TimeSpan.FromSeconds(5));

        Assert.Equal((101, "101"), (elector.Epoch, server.Epoch));
        using var next = Elector("next");
        await elector.ReleaseAsync(Token);
        await LeadAsync(next);
        Assert.Equal(102, next.Epoch);
    }

    [Fact]
    public async Task Raising_the_epoch_outlasts_a_server_that_is_away_and_an_answer_that_is_lost()
    {
        await LeadAsync();
        server.LosesNextAnswer = true;
        var raising = Task.Run(() => elector.RaiseEpochAboveAsync(100, Token), Token);

        await UntilAsync(() => raising.IsCompleted, TimeSpan.FromSeconds(5));

        Assert.Equal(101, await raising);
        Assert.Equal((101, "101"), (elector.Epoch, server.Epoch));
    }

    [Fact]
    public async Task Who_does_not_lead_raises_nothing()
    {
        server.Holder = "other";
        await StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => elector.RaiseEpochAboveAsync(5, Token));

        Assert.Null(server.Epoch);
    }

    [Fact]
    public async Task Who_was_overtaken_raises_nothing()
    {
        await LeadAsync();
        server.Holder = "second";
        var raising = elector.RaiseEpochAboveAsync(10, Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => raising);

        Assert.Null(server.Epoch);
        Assert.Equal(1, elector.Epoch);
    }

    [Fact]
    public async Task An_epoch_that_nobody_can_read_counts_as_none()
    {
        server.Holder = "";
        var content = server.Content!;
        content["metadata"]!["annotations"] = new JsonObject { ["example.com/epoch"] = "many", ["example.com/installation"] = "this" };
        server.Set(content);

        await LeadAsync();

        Assert.Equal((1, "this"), (elector.Epoch, elector.InstallationId));
    }

    [Fact]
    public async Task Keeping_the_lease_is_one_request_each_time()
    {
        await LeadAsync();
        var before = server.Answers;

        await PassAsync(TimeSpan.FromSeconds(20.5));

        Assert.InRange(server.Answers - before, 8, 10);
    }

    private LeaderElector Elector(string identity) => new(
        new LeaseLock(api.Client(clock), "here", "lease", identity, Timings.LeaseDuration, "example.com", clock),
        new LeaseObserver(identity, clock),
        Timings,
        clock,
        NullLogger<LeaderElector>.Instance);

    private static async Task LeadAsync(LeaderElector other)
    {
        _ = Task.Run(() => other.RunAsync(Token), Token);
        await RealAsync(() => other.IsLeader);
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
