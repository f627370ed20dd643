using KvmOperator.Runtime.Api;
using KvmOperator.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>How often a host is asked about a guest, with a fake clock.</summary>
public sealed class GuestMemoryTests
{
    private static readonly EntityKey Guest = new("default", "xx");

    [Fact]
    public void A_guest_that_stands_still_again_is_resumed_later_each_time_and_one_that_went_on_for_long_at_once()
    {
        var clock = new FakeTimeProvider();
        var memory = new GuestMemory(clock);
        Assert.True(memory.MayResume(Guest));
        memory.Resumed(Guest);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(memory.MayResume(Guest));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(memory.MayResume(Guest));

        memory.Resumed(Guest);
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(memory.MayResume(Guest));

        clock.Advance(TimeSpan.FromMinutes(10));
        memory.Resumed(Guest);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(memory.MayResume(Guest));
    }

    [Fact]
    public void A_guest_is_asked_to_shut_down_at_once_and_then_now_and_then()
    {
        var clock = new FakeTimeProvider();
        var memory = new GuestMemory(clock);
        Assert.True(memory.IsShutdownDue(Guest, isFirst: false), "another operator asked it, long ago or not");

        memory.ShutDown(Guest);
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(memory.IsShutdownDue(Guest, isFirst: false));
        Assert.True(memory.IsShutdownDue(Guest, isFirst: true), "it is another time");
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(memory.IsShutdownDue(Guest, isFirst: false));
    }

    [Fact]
    public void A_guest_without_an_address_is_asked_often_after_its_start_and_then_now_and_then()
    {
        var clock = new FakeTimeProvider();
        var memory = new GuestMemory(clock);
        var started = clock.GetUtcNow().UtcDateTime;
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));

        memory.ReadAddresses(Guest);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));
        Assert.True(memory.HasAddresses(Guest, hasAny: true, started));

        Assert.Equal(GuestIntervals.Retry, memory.UntilAddressExpected(hasAny: false, started));
        Assert.Null(memory.UntilAddressExpected(hasAny: true, started));

        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(GuestIntervals.Person, memory.UntilAddressExpected(hasAny: false, started));

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(memory.UntilAddressExpected(hasAny: false, started));
        memory.ReadAddresses(Guest);
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.True(memory.HasAddresses(Guest, hasAny: false, started));
        clock.Advance(GuestIntervals.Watch - TimeSpan.FromMinutes(3));
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));
    }

    [Fact]
    public void A_guest_that_its_host_refuses_to_start_is_tried_later_each_time_and_at_once_when_something_was_changed()
    {
        var clock = new FakeTimeProvider();
        var memory = new GuestMemory(clock);
        Assert.Null(memory.NextStart(Guest, "first spec"));

        var waits = new List<double>();
        for (var number = 0; number < 7; number++)
        {
            var next = memory.RefusedStart(Guest, "first spec");
            Assert.Equal(next, memory.NextStart(Guest, "first spec"));
            waits.Add((next - clock.GetUtcNow()).TotalSeconds);
            clock.SetUtcNow(next);
            Assert.Null(memory.NextStart(Guest, "first spec"));
        }

        Assert.Equal([10, 20, 40, 80, 160, 300, 300], waits);
        memory.RefusedStart(Guest, "first spec");
        Assert.Null(memory.NextStart(Guest, "second spec"));
        Assert.Equal(TimeSpan.FromSeconds(10), memory.RefusedStart(Guest, "second spec") - clock.GetUtcNow());

        memory.Started(Guest);
        Assert.Null(memory.NextStart(Guest, "second spec"));
    }
}
