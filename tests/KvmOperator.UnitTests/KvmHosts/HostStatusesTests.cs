using KvmOperator.Api.KvmHosts;
using KvmOperator.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>What of a host's status is worth a write.</summary>
public sealed class HostStatusesTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly KvmHostStatus Before = new() { LastHeartbeatTime = Now, Usage = new HostUsage { CpuPercent = 40, MemoryPercent = 50, AllocatedCpus = 4 } };

    [Theory]
    [InlineData(44, 50, 4, 10, 40)]
    [InlineData(45, 50, 4, 10, 45)]
    [InlineData(41, 55, 4, 10, 41)]
    [InlineData(41, 50, 5, 10, 41)]
    [InlineData(41, 50, 4, 30, 41)]
    public void Numbers_that_moved_little_wait_for_the_heartbeat(int cpu, int memory, int allocated, int seconds, int written)
    {
        var seen = Before with { Usage = new HostUsage { CpuPercent = cpu, MemoryPercent = memory, AllocatedCpus = allocated } };

        var alive = HostStatuses.Alive(Before, seen, 1, Now.AddSeconds(seconds));

        Assert.Equal(written, alive.Usage!.CpuPercent);
        Assert.Equal(seconds < 30 ? Now : Now.AddSeconds(seconds), alive.LastHeartbeatTime);
    }

    [Theory]
    [InlineData(300, 29, false)]
    [InlineData(300, 30, true)]
    [InlineData(1000, 99, false)]
    [InlineData(1000, 100, true)]
    public void Many_hosts_share_the_writes_of_their_heartbeats(int hosts, int seconds, bool beats) =>
        Assert.Equal(beats, HostStatuses.Alive(Before, Before, hosts, Now.AddSeconds(seconds)).LastHeartbeatTime != Now);

    [Fact]
    public void What_is_set_aside_for_huge_pages_is_no_room_for_guests()
    {
        var seen = Given.Host() with { MemoryBytes = 3L << 30, HugePagesBytes = 1000L * 2048 * 1024 };

        var capacity = HostStatuses.Observed(new KvmHostStatus(), new KvmHostSpec { Address = "192.0.2.1" }, seen, null).Capacity!;

        Assert.Equal((3L << 30, (2L << 30) - (1000L * 2048 * 1024)), (capacity.MemoryBytes, capacity.AllocatableMemoryBytes));
    }

    [Fact]
    public void What_is_known_for_the_first_time_is_written_at_once()
    {
        var nothing = Before with { Usage = null };
        Assert.Equal(40, HostStatuses.Alive(nothing, Before, 1, Now.AddSeconds(10)).Usage!.CpuPercent);

        var noCpu = Before with { Usage = Before.Usage! with { CpuPercent = null } };
        Assert.Equal(40, HostStatuses.Alive(noCpu, Before, 1, Now.AddSeconds(10)).Usage!.CpuPercent);
    }
}
