using System.Globalization;
using System.Threading.Channels;
using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Watch;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Watch;

/// <summary>How servers of stores are listened to, over channels that the test plays and by a fake clock.</summary>
public sealed class HeldServerBeatsTests : IAsyncDisposable
{
    private const string Boot = "f871a296-0d77-4b53-a218-93a24a304f14";

    private readonly FakeTimeProvider clock = new();
    private readonly PlayedServer server = new();
    private readonly HeldServerBeats beats;
    private readonly Channel<string> told = Channel.CreateUnbounded<string>();
    private int looks;

    public HeldServerBeatsTests()
    {
        beats = new HeldServerBeats(clock, NullLogger<HeldServerBeats>.Instance);
        beats.Listen(name => told.Writer.TryWrite(name));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => beats.DisposeAsync();

    [Fact]
    public async Task The_first_question_opens_the_channel_and_the_first_beat_is_told()
    {
        Assert.Null(beats.Hear("images", server));
        Assert.Null(beats.Hear("images", server));
        var channel = await server.Opened.ReadAsync(Token);
        await channel.SayAsync(Look("export 1 /images\t192.168.122.100(rw)\n", version: 1, exports: 1), Token);

        Assert.Equal("images", await told.Reader.ReadAsync(Token));
        Assert.Equal([new ServerExport("/images", "192.168.122.100", "rw")], beats.Hear("images", server)!.Exports);
        Assert.False(server.Opened.TryPeek(out _));
    }

    [Fact]
    public async Task What_is_the_same_is_not_told_again_nor_who_mounted_it_and_what_changed_is()
    {
        var channel = await HeardAsync("images");
        await channel.SayAsync(Look(string.Empty, version: 1, exports: 1), Token);
        await channel.SayAsync("client 3 192.168.122.200:850 \"node2\"\nleases 3:4:confirmed\n" + Look(string.Empty, version: 1, exports: 1, clients: 1), Token);
        Assert.False(told.Reader.TryRead(out _));
        Assert.Single(beats.Hear("images", server)!.Clients);

        await channel.SayAsync(Look(string.Empty, version: 2, exports: 0), Token);
        Assert.True(told.Reader.TryRead(out _));
        await channel.SayAsync(Look(string.Empty, version: 2, exports: 0, threads: string.Empty), Token);
        Assert.True(told.Reader.TryRead(out _));
        Assert.False(beats.Hear("images", server)!.IsServing);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_told_after_eight_seconds_and_again_when_it_goes_on()
    {
        var channel = await HeardAsync("images");
        clock.Advance(TimeSpan.FromSeconds(7));
        Assert.NotNull(beats.Hear("images", server));
        Assert.False(told.Reader.TryRead(out _));

        clock.Advance(TimeSpan.FromSeconds(1));
        await told.Reader.ReadAsync(Token);
        Assert.Null(beats.Hear("images", server));

        await channel.SayAsync(Look(string.Empty, version: 1, exports: 1), Token);
        await PassAsync(() => told.Reader.TryRead(out _), TimeSpan.FromSeconds(2));
        Assert.NotNull(beats.Hear("images", server));
    }

    [Fact]
    public async Task A_channel_that_ended_is_told_and_opened_again_over_the_way_that_was_named_last()
    {
        var channel = await HeardAsync("images");
        var another = new PlayedServer();
        beats.Hear("images", another);
        channel.End(255);

        await told.Reader.ReadAsync(Token);
        await channel.Closed.WaitAsync(Token);
        Assert.Null(beats.Hear("images", another));
        await PassAsync(() => another.Opened.TryPeek(out _), TimeSpan.FromSeconds(1));
        await (await another.Opened.ReadAsync(Token)).SayAsync(Look("export 1 /images\t192.168.122.100(rw)\n", version: 1, exports: 1), Token);
        await told.Reader.ReadAsync(Token);
        Assert.NotNull(beats.Hear("images", another));
        Assert.False(server.Opened.TryPeek(out _));
    }

    [Theory]
    [InlineData(HeldCommands.MissingStatus)]
    [InlineData(2)]
    internal async Task A_server_on_which_the_script_does_not_run_is_tried_every_five_minutes(int status)
    {
        beats.Hear("images", server);
        var began = clock.GetTimestamp();
        (await server.Opened.ReadAsync(Token)).End(status);

        await PassAsync(() => server.Opened.TryPeek(out _), TimeSpan.FromSeconds(20));

        Assert.InRange(clock.GetElapsedTime(began), TimeSpan.FromMinutes(5), TimeSpan.MaxValue);
        Assert.False(told.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_channel_that_the_guard_of_the_machine_refused_is_tried_again_soon()
    {
        beats.Hear("images", server);
        (await server.Opened.ReadAsync(Token)).End(74, "kvm-operator: managed-elsewhere another\n");
        var began = clock.GetTimestamp();

        await PassAsync(() => server.Opened.TryPeek(out _), TimeSpan.FromSeconds(1));

        Assert.InRange(clock.GetElapsedTime(began), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(4));
    }

    [Fact]
    public async Task Two_stores_of_one_server_are_heard_each_for_itself()
    {
        var images = await HeardAsync("images");
        var backups = await HeardAsync("backups");

        await beats.ForgetAsync("images");

        await images.Closed.WaitAsync(Token);
        Assert.False(backups.Closed.IsCompleted);
        Assert.NotNull(beats.Hear("backups", server));
        await backups.SayAsync(Look(string.Empty, version: 2, exports: 0), Token);
        Assert.Equal("backups", await told.Reader.ReadAsync(Token));
    }

    [Fact]
    public async Task A_machine_is_heard_by_the_script_itself()
    {
        using var machine = new ScriptedHost();
        await using var real = new HeldServerBeats(TimeProvider.System, NullLogger<HeldServerBeats>.Instance);
        real.Listen(name => told.Writer.TryWrite(name));

        real.Hear("images", machine);

        await told.Reader.ReadAsync(Token);
        Assert.NotNull(real.Hear("images", machine));
        Assert.Single(machine.Commands);
    }

    private async Task<PlayedChannel> HeardAsync(string name)
    {
        beats.Hear(name, server);
        var channel = await server.Opened.ReadAsync(Token);
        await channel.SayAsync(Look("export 1 /images\t192.168.122.100(rw)\n", version: 1, exports: 1), Token);
        Assert.Equal(name, await told.Reader.ReadAsync(Token));
        return channel;
    }

    private string Look(string before, int version, int exports, int clients = 0, string threads = "8")
    {
        looks++;
        return string.Create(CultureInfo.InvariantCulture, $"{before}server {looks}|{Boot}|{5419 + (2 * looks)}.41|{threads}|{clients}|{version}|{exports}\n");
    }

    /// <summary>Lets time pass until something is so. When a pause begins is told to nobody.</summary>
    private Task PassAsync(Func<bool> condition, TimeSpan step) => HeldProcess.UntilAsync(
        () =>
        {
            if (condition())
            {
                return true;
            }

            clock.Advance(step);
            return false;
        },
        Token);
}
