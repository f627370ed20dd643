using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>What a connection does with answers that come late, in another order, or never. The test plays libvirt.</summary>
public sealed class LibvirtConnectionTests : IAsyncDisposable
{
    private static readonly LibvirtDomain Guest = new("shop_web", new Guid("1f944645-5d06-5a79-b731-2a8b91a9095e"));
    private static readonly TimeSpan Question = new LibvirtConnectionOptions().Question;

    private readonly FakeTimeProvider time = new();
    private readonly LibvirtPeer peer;

    public LibvirtConnectionTests() => peer = new LibvirtPeer(time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LibvirtConnection Connection => peer.Connection;

    [Fact]
    public async Task Answers_may_come_in_any_order()
    {
        await peer.OpenAsync(Token);
        var (first, second) = (Connection.GetStateAsync(Guest, Token), Connection.GetStateAsync(Guest, Token));
        var (one, two) = (await peer.Calls.ReadAsync(Token), await peer.Calls.ReadAsync(Token));

        await peer.AnswerAsync(two, LibvirtPeer.Words(5, 2));
        Assert.Equal(new DomainStateAndReason(DomainState.ShutOff, 2), await second);
        Assert.False(first.IsCompleted);

        await peer.AnswerAsync(one, LibvirtPeer.Words(1, 1));
        Assert.Equal(new DomainStateAndReason(DomainState.Running, 1), await first);
    }

    [Fact]
    public async Task No_more_than_three_calls_are_on_their_way()
    {
        await peer.OpenAsync(Token);
        var states = Enumerable.Range(0, 5).Select(_ => Connection.GetStateAsync(Guest, Token)).ToList();
        var sent = new List<PeerCall>();
        for (var count = 0; count < 3; count++)
        {
            sent.Add(await peer.Calls.ReadAsync(Token));
        }

        await PongAsync();
        Assert.False(peer.Calls.TryPeek(out _));

        foreach (var call in sent)
        {
            await peer.AnswerAsync(call, LibvirtPeer.Words(1, 1));
        }

        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, 1));
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, 1));
        Assert.Equal(5, (await Task.WhenAll(states)).Length);
    }

    [Fact]
    public async Task An_error_has_libvirts_number_and_words_and_harms_nothing_else()
    {
        await peer.OpenAsync(Token);
        var state = Connection.GetStateAsync(Guest, Token);
        await peer.RefuseAsync(await peer.Calls.ReadAsync(Token), 42, "Domain not found");

        var refused = await Assert.ThrowsAsync<LibvirtException>(() => state);

        Assert.Equal((LibvirtErrorCode.NoDomain, 10, "Domain not found"), (refused.Code, refused.Domain, refused.Message));
        Assert.False(Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_call_without_an_answer_ends_at_its_deadline_and_a_late_answer_is_dropped()
    {
        await peer.OpenAsync(Token);
        var state = Connection.GetStateAsync(Guest, Token);
        var hung = await peer.Calls.ReadAsync(Token);
        await PassAsync(Question);

        Assert.True((await Assert.ThrowsAsync<LibvirtDeadlineException>(() => state)).CallMayHaveRun);

        await peer.AnswerAsync(hung, LibvirtPeer.Words(1, 1));
        var second = Connection.GetStateAsync(Guest, Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(3, 5));
        Assert.Equal(DomainState.Paused, (await second).State);
    }

    [Fact]
    public async Task One_hung_call_is_borne_and_the_second_ends_the_connection()
    {
        await peer.OpenAsync(Token);
        var first = Connection.GetStateAsync(Guest, Token);
        await peer.Calls.ReadAsync(Token);
        await PassAsync(Question);
        await Assert.ThrowsAsync<LibvirtDeadlineException>(() => first);
        Assert.False(Connection.Closed.IsCompleted);

        var second = Connection.GetStateAsync(Guest, Token);
        await peer.Calls.ReadAsync(Token);
        await PassAsync(Question);
        await Assert.ThrowsAsync<LibvirtDeadlineException>(() => second);

        Assert.Equal(LibvirtClosingKind.Hangs, (await Connection.Closed).Kind);
        var late = await Assert.ThrowsAsync<LibvirtClosedException>(() => Connection.GetStateAsync(Guest, Token));
        Assert.False(late.CallMayHaveRun);
    }

    [Fact]
    public async Task Two_calls_that_hang_one_after_the_other_and_are_answered_late_do_not_end_the_connection()
    {
        await peer.OpenAsync(Token);
        for (var round = 0; round < 3; round++)
        {
            var state = Connection.GetStateAsync(Guest, Token);
            var call = await peer.Calls.ReadAsync(Token);
            await PassAsync(Question);
            await Assert.ThrowsAsync<LibvirtDeadlineException>(() => state);
            await peer.AnswerAsync(call, LibvirtPeer.Words(1, 1));
            await PongAsync();
        }

        Assert.False(Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_place_ends_at_its_deadline_and_certainly_did_not_run()
    {
        await peer.OpenAsync(Token);
        var starts = Enumerable.Range(0, 3).Select(_ => Connection.StartAsync(Guest, DomainStartFlags.None, Token)).ToList();
        for (var count = 0; count < 3; count++)
        {
            await peer.Calls.ReadAsync(Token);
        }

        var waiting = Connection.GetStateAsync(Guest, Token);
        await PassAsync(Question);

        Assert.False((await Assert.ThrowsAsync<LibvirtDeadlineException>(() => waiting)).CallMayHaveRun);
        Assert.All(starts, start => Assert.False(start.IsCompleted));
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_the_call_its_place_until_the_answer()
    {
        await peer.OpenAsync(Token);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var given = Enumerable.Range(0, 3).Select(_ => Connection.GetStateAsync(Guest, impatient.Token)).ToList();
        var calls = new List<PeerCall>();
        for (var count = 0; count < 3; count++)
        {
            calls.Add(await peer.Calls.ReadAsync(Token));
        }

        await impatient.CancelAsync();
        foreach (var call in given)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        var next = Connection.GetStateAsync(Guest, Token);
        await PongAsync();
        Assert.False(peer.Calls.TryPeek(out _));

        await peer.AnswerAsync(calls[0], LibvirtPeer.Words(1, 1));
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(5, 1));
        Assert.Equal(DomainState.ShutOff, (await next).State);
    }

    [Fact]
    public async Task Pings_are_answered_and_a_hundred_of_them_block_nothing()
    {
        await peer.OpenAsync(Token);
        for (var count = 0; count < 100; count++)
        {
            await peer.PingAsync();
        }

        await peer.Pongs.Reader.ReadAsync(Token);
        var state = Connection.GetStateAsync(Guest, Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, 1));
        Assert.Equal(DomainState.Running, (await state).State);
    }

    [Fact]
    public async Task A_libvirt_that_answers_no_ping_hangs()
    {
        await peer.OpenAsync(Token);
        peer.IsDeaf = true;
        var state = Connection.GetStateAsync(Guest, Token);
        await peer.Calls.ReadAsync(Token);

        var pings = 0;
        for (; !Connection.Closed.IsCompleted; pings++)
        {
            time.Advance(Connection.Options.KeepAliveInterval);
            await Task.WhenAny(peer.Pings.Reader.ReadAsync(Token).AsTask(), Connection.Closed);
        }

        var closing = await Connection.Closed;
        Assert.Equal(LibvirtClosingKind.Hangs, closing.Kind);
        Assert.Contains("libvirt hangs", closing.Reason, StringComparison.Ordinal);
        Assert.Equal(Connection.Options.KeepAliveCount + 1, pings);
        await Assert.ThrowsAnyAsync<Exception>(() => state);
    }

    [Fact]
    public async Task A_libvirt_that_answers_pings_is_kept_however_long_it_is_silent()
    {
        await peer.OpenAsync(Token);

        for (var ping = 0; ping < Connection.Options.KeepAliveCount + 2; ping++)
        {
            var next = peer.Pings.Reader.ReadAsync(Token).AsTask();
            do
            {
                // After an answer one interval goes by without a ping, which nobody can see from here.
                time.Advance(Connection.Options.KeepAliveInterval);
            }
            while (await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Token)) != next);
            await PongAsync();
        }

        Assert.False(Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task The_end_of_the_stream_fails_what_waits_and_ends_the_events()
    {
        await peer.OpenAsync(Token);
        var state = Connection.GetStateAsync(Guest, Token);
        await peer.Calls.ReadAsync(Token);
        await peer.EndAsync();

        var gone = await Assert.ThrowsAsync<LibvirtClosedException>(() => state);

        Assert.True(gone.CallMayHaveRun);
        Assert.Equal(LibvirtClosingKind.StreamEnded, (await Connection.Closed).Kind);
        Assert.False(await Connection.Events.WaitToReadAsync(Token));
    }

    [Fact]
    public async Task The_end_of_the_stream_within_a_message_is_an_end_of_the_stream()
    {
        await peer.OpenAsync(Token);
        await peer.SendAsync(LibvirtPeer.Words(100, 1));
        await peer.EndAsync();

        Assert.Equal(LibvirtClosingKind.StreamEnded, (await Connection.Closed).Kind);
    }

    [Fact]
    public async Task Closing_says_good_bye_and_takes_the_end_of_the_stream_for_the_answer()
    {
        await peer.OpenAsync(Token);
        var closing = Connection.CloseAsync(Token);
        Assert.Equal(2, (await peer.Calls.ReadAsync(Token)).Procedure);
        await peer.EndAsync();
        await closing;

        Assert.Equal(LibvirtClosingKind.Asked, (await Connection.Closed).Kind);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_a_libvirt_that_hangs()
    {
        await peer.OpenAsync(Token);
        var closing = Connection.CloseAsync(Token);
        await peer.Calls.ReadAsync(Token);
        await PassAsync(Connection.Options.Close);
        await closing;

        Assert.Equal(LibvirtClosingKind.Asked, (await Connection.Closed).Kind);
    }

    [Fact]
    public async Task No_event_is_lost_while_nobody_reads_and_calls_go_on_meanwhile()
    {
        const int count = 5000;
        await peer.OpenAsync(Token);
        for (var number = 0; number < count; number++)
        {
            await peer.TellAsync(359, [.. LibvirtPeer.Words(7), .. LibvirtPeer.Domain(Guest), .. LibvirtPeer.Words(number)]);
        }

        var state = Connection.GetStateAsync(Guest, Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, 1));
        await state;
        await peer.EndAsync();

        var seen = await Connection.Events.ReadAllAsync(Token).Select(happened => ((MigrationIterationEvent)happened).Iteration).ToListAsync(Token);
        Assert.Equal(Enumerable.Range(0, count), seen);
    }

    [Fact]
    public async Task Events_that_nobody_knows_are_passed_over()
    {
        await peer.OpenAsync(Token);
        await peer.TellAsync(999, [1, 2, 3, 4]);
        await peer.TellAsync(318, [.. LibvirtPeer.Words(7), .. LibvirtPeer.Domain(Guest), .. LibvirtPeer.Words(5, 3)]);

        Assert.Equal(new DomainLifecycleEvent(Guest, DomainLifecycle.Stopped, 3), await Connection.Events.ReadAsync(Token));
    }

    [Theory]
    [InlineData(2, "Polkit")]
    [InlineData(1, "Sasl")]
    public async Task A_libvirt_that_wants_to_know_who_we_are_is_left_with_a_reason(int authentication, string name)
    {
        var opening = Connection.OpenAsync("qemu:///system", Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, authentication));

        var refused = await Assert.ThrowsAsync<LibvirtClosedException>(() => opening);

        Assert.Equal(LibvirtClosingKind.Refused, refused.Closing.Kind);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Contains("sudo", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_driver_that_is_not_opened_ends_the_connection()
    {
        var opening = Connection.OpenAsync("qemu:///system", Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(0));
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(0));
        await peer.RefuseAsync(await peer.Calls.ReadAsync(Token), 5, "no connection driver available");

        await Assert.ThrowsAsync<LibvirtException>(() => opening);
        Assert.True(Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task A_helper_that_is_not_there_is_the_end_of_the_stream()
    {
        var opening = Connection.OpenAsync("qemu:///system", Token);
        await peer.EndAsync();

        Assert.Equal(LibvirtClosingKind.StreamEnded, (await Assert.ThrowsAsync<LibvirtClosedException>(() => opening)).Closing.Kind);
    }

    [Fact]
    public async Task A_text_that_libvirt_would_not_take_is_not_sent_and_keeps_no_place()
    {
        await peer.OpenAsync(Token);
        var tooLong = new string('x', (4 * 1024 * 1024) + 1);
        for (var count = 0; count < 4; count++)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Connection.DefineAsync(tooLong, DomainDefineFlags.None, Token));
        }

        var state = Connection.GetStateAsync(Guest, Token);
        await peer.AnswerAsync(await peer.Calls.ReadAsync(Token), LibvirtPeer.Words(1, 1));
        await state;
    }

    public async ValueTask DisposeAsync() => await peer.DisposeAsync();

    /// <summary>Waits until the connection has dealt with all that was sent before.</summary>
    private async Task PongAsync()
    {
        while (peer.Pongs.Reader.TryRead(out _))
        {
            // Of earlier.
        }

        await peer.PingAsync();
        await peer.Pongs.Reader.ReadAsync(Token);
    }

    /// <summary>Lets time pass, in steps, so that pings are answered in between.</summary>
    private async Task PassAsync(TimeSpan duration)
    {
        var step = TimeSpan.FromSeconds(1);
        for (var passed = TimeSpan.Zero; passed < duration; passed += step)
        {
            time.Advance(step);
            if (!peer.IsDeaf && !Connection.Closed.IsCompleted)
            {
                await peer.PingAsync();
                await Task.WhenAny(peer.Pongs.Reader.ReadAsync(Token).AsTask(), Connection.Closed);
            }
        }
    }
}
