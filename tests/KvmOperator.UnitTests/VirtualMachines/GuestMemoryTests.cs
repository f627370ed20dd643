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
    public void A_guest_without_an_address_is_asked_often_after_its_start_and_then_each_minute()
    {
        var clock = new FakeTimeProvider();
        var memory = new GuestMemory(clock);
        var started = clock.GetUtcNow().UtcDateTime;
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));

        memory.ReadAddresses(Guest);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));
        Assert.True(memory.HasAddresses(Guest, hasAny: true, started));

        clock.Advance(TimeSpan.FromMinutes(10));
        memory.ReadAddresses(Guest);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.True(memory.HasAddresses(Guest, hasAny: false, started));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(memory.HasAddresses(Guest, hasAny: false, started));
    }
}
