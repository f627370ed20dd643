using KvmOperator.Planning.Relief;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>What is known of a host's load, and what a look may not say.</summary>
public sealed class HostLoadTrackTests
{
    private const int Processors = 4;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_host_is_hot_when_it_was_for_three_minutes_and_says_for_how_long()
    {
        Assert.False(Run(HostLoadTrack.Unknown, 0, looks: 14, busy: 0.95).IsHot);

        var hot = Run(HostLoadTrack.Unknown, 0, looks: 31, busy: 0.95);
        Assert.True(hot.IsHot);
        Assert.Equal(0.95, hot.Use!.Value, 0.01);
        Assert.InRange(hot.HotFor, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(6));

        // Three of eighteen looks may be cool, and no more.
        var cooler = Run(hot, 31, looks: 18, busy: 0.50);
        Assert.False(cooler.IsHot);
        Assert.Equal(TimeSpan.Zero, cooler.HotFor);
    }

    [Fact]
    public void Waiting_for_processors_makes_a_host_hot_too_and_want_of_memory_sooner()
    {
        var waits = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.60, change: sample => sample with { Pressure = 0.40 });
        Assert.True(waits.IsHot);
        Assert.False(waits.IsShortOfMemory);

        Assert.True(Run(HostLoadTrack.Unknown, 0, looks: 10, busy: 0.10, change: sample => sample with { AvailableMemory = 0.03 }).IsShortOfMemory);
        Assert.True(Run(HostLoadTrack.Unknown, 0, looks: 10, busy: 0.10, change: sample => sample with { MemoryPressure = 0.10 }).IsShortOfMemory);
        Assert.False(Run(HostLoadTrack.Unknown, 0, looks: 4, busy: 0.10, change: sample => sample with { AvailableMemory = 0.03 }).IsShortOfMemory);
    }

    [Fact]
    public void Before_a_minute_nothing_is_said_and_after_a_restart_or_a_long_pause_it_begins_anew()
    {
        Assert.Null(Run(HostLoadTrack.Unknown, 0, looks: 5, busy: 0.95).Use);
        Assert.Empty(Run(HostLoadTrack.Unknown, 0, looks: 5, busy: 0.95).Cores);

        var known = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.95);
        Assert.NotNull(known.Use);
        Assert.Null(known.Take(Sample(30, 0.95, "another boot"), ReliefBudgets.Default).Use);
        Assert.False(known.Take(Sample(30, 0.95, "another boot"), ReliefBudgets.Default).IsHot);
        Assert.Null(known.Take(Sample(40, 0.95), ReliefBudgets.Default).Use);
        Assert.Null(known.Take(Sample(30, 0.0), ReliefBudgets.Default).Use);
    }

    [Fact]
    public void Looks_that_say_nothing_new_change_nothing()
    {
        var known = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.95);

        Assert.Same(known, known.Take(Sample(29, 0.95) with { At = (29 * Look) + TimeSpan.FromSeconds(1) }, ReliefBudgets.Default));
        Assert.Same(known, known.Take(Sample(29, 0.95) with { At = 30 * Look }, ReliefBudgets.Default));
    }

    [Fact]
    public void A_guest_s_use_is_known_after_a_minute_there_and_begins_anew_with_it()
    {
        var track = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.60, change: sample => With(sample, "default/web", sample.At.TotalSeconds * 0.5));
        Assert.Equal(0.5, track.Cores["default/web"], 0.01);

        // It was started anew, or has just come.
        track = Run(track, 30, looks: 3, busy: 0.60, change: sample => With(sample, "default/web", (sample.At.TotalSeconds - 300) * 0.5));
        Assert.DoesNotContain("default/web", track.Cores.Keys);
    }

    [Fact]
    public void Guests_that_are_all_said_to_do_nothing_on_a_busy_host_are_not_believed()
    {
        var stuck = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.60, change: sample => With(sample, "default/web", 1000));
        Assert.Empty(stuck.Cores);

        var idle = Run(HostLoadTrack.Unknown, 0, looks: 30, busy: 0.10, change: sample => With(sample, "default/web", 1000));
        Assert.Equal(0, idle.Cores["default/web"]);
    }

    private static HostLoadTrack Run(HostLoadTrack track, int from, int looks, double busy, Func<HostSample, HostSample>? change = null)
    {
        for (var look = from; look < from + looks; look++)
        {
            var sample = Sample(look, busy, busyBefore: from);
            track = track.Take(change is null ? sample : change(sample), ReliefBudgets.Default);
        }

        return track;
    }

    /// <summary>The look of that number, on a host that was always so busy, or hot before that.</summary>
    private static HostSample Sample(int look, double busy, string boot = "boot", int busyBefore = 0)
    {
        var (before, now) = (busyBefore * Look.TotalSeconds * Processors * 100, (look - busyBefore) * Look.TotalSeconds * Processors * 100);
        return new HostSample(look * Look, boot, Processors, (long)((before * 0.95) + (now * busy)), (long)(before + now), []);
    }

    private static HostSample With(HostSample sample, string guest, double seconds) => sample with { Guests = [new GuestSample(guest, (long)(seconds * 1e9))] };
}
