using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Watch;
using KvmOperator.Tests.Libvirt;
using KvmOperator.UnitTests.Runtime;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Watch;

/// <summary>What a connection to libvirt does before it tells what is there, with a simulated libvirt and a fake clock.</summary>
public sealed class DomainWatchTests : IAsyncDisposable
{
    private readonly TimerCountingClock clock = new();
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    private readonly SimulatedLibvirt libvirt = new();
    private readonly DomainWatch watch;
    private int waits;

    public DomainWatchTests() => watch = new DomainWatch(libvirt.Connection, clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        watch.Dispose();
        await libvirt.DisposeAsync();
    }

    [Fact]
    public async Task A_call_that_libvirt_had_taken_from_a_leader_of_before_is_waited_for()
    {
        await libvirt.OpenAsync(Token);
        var guest = Runs();
        guest.Control = new DomainControl(DomainControlState.Job, 0, TimeSpan.FromSeconds(3));

        var opening = watch.OpenAsync(Token);
        await PassAsync(TimeSpan.FromSeconds(2), opening);
        Assert.False(opening.IsCompleted);

        guest.State = DomainState.Paused;
        guest.Control = new DomainControl(DomainControlState.Ok, 0, TimeSpan.Zero);
        await PassAsync(TimeSpan.FromSeconds(1), opening);
        Assert.Equal(DomainState.Paused, Assert.Single(await opening).State);
    }

    [Fact]
    public async Task A_definition_that_was_changed_by_hand_is_told_from_one_that_was_not()
    {
        await libvirt.OpenAsync(Token);
        var guest = Runs();
        Assert.Equal(0, Assert.Single(await watch.OpenAsync(Token)).Redefinitions);

        await libvirt.TellRedefinedAsync(guest);
        Assert.True(await watch.NextAsync(Token));

        Assert.Equal(1, Assert.Single(await watch.RefreshAsync(Token)).Redefinitions);
        Assert.Equal(1, Assert.Single(await watch.RefreshAsync(Token)).Redefinitions);
    }

    [Fact]
    public async Task A_call_that_hangs_does_not_keep_the_others_from_being_seen()
    {
        await libvirt.OpenAsync(Token);
        Runs().Control = new DomainControl(DomainControlState.Occupied, 0, TimeSpan.FromHours(1));

        var opening = watch.OpenAsync(Token);
        await PassAsync(TimeSpan.FromSeconds(20), opening);

        Assert.Single(await opening);
    }

    [Fact]
    public async Task Networks_are_listed_now_and_then_and_a_libvirt_without_any_still_tells_of_its_domains()
    {
        await libvirt.OpenAsync(Token);
        var guest = Runs();
        guest.Xml = guest.LiveXml = guest.Xml.Replace("<devices>", "<devices><interface type='network'><mac address='52:54:00:AA:bb:01'/></interface>", StringComparison.Ordinal);
        libvirt.Networks.Add("default");
        Assert.Equal(["52:54:00:aa:bb:01"], Assert.Single(await watch.OpenAsync(Token)).MacAddresses);
        Assert.Equal(["default"], watch.Networks);

        libvirt.Networks.Add("lan");
        await watch.RefreshAsync(Token);
        Assert.Equal(["default"], watch.Networks);
        clock.Advance(TimeSpan.FromSeconds(30));
        await watch.RefreshAsync(Token);
        Assert.Equal(["default", "lan"], watch.Networks);

        libvirt.Refusals[(Procedure.ConnectListAllNetworks, null)] = (LibvirtErrorCode.NoSupport, "no network driver");
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(await watch.RefreshAsync(Token));
        Assert.Null(watch.Networks);
    }

    [Fact]
    public async Task What_is_at_work_since_then_is_not_waited_for()
    {
        await libvirt.OpenAsync(Token);
        Runs().Control = new DomainControl(DomainControlState.Job, 0, TimeSpan.Zero);

        var opening = watch.OpenAsync(Token);
        await PassAsync(TimeSpan.FromSeconds(1), opening);

        Assert.Single(await opening);
    }

    private SimulatedDomain Runs()
    {
        var guest = libvirt.Add(new DomainIdentity("shop", "web"));
        (guest.State, guest.LiveXml) = (DomainState.Running, guest.Xml);
        return guest;
    }

    /// <summary>Lets time pass, each step when it is waited for.</summary>
    private async Task PassAsync(TimeSpan time, Task until)
    {
        for (var passed = TimeSpan.Zero; passed < time && !until.IsCompleted; passed += Step)
        {
            waits++;
            while (clock.Timers < waits && !until.IsCompleted)
            {
                await Task.Yield();
            }

            clock.Advance(Step);
        }
    }
}
