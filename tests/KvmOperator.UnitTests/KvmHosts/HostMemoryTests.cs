using KvmOperator.Hosts.Libvirt;
using KvmOperator.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>What is remembered of hosts between two looks.</summary>
public sealed class HostMemoryTests
{
    [Fact]
    public void A_host_that_is_looked_at_anew_keeps_its_figures_and_nothing_is_kept_of_one_that_is_gone()
    {
        var memory = new HostMemory(new FakeTimeProvider());
        Assert.Null(memory.CpuPercent("node1", Seen(0, 100)));
        memory.Forget("node1");
        Assert.Equal(50, memory.CpuPercent("node1", Seen(50, 200)));

        memory.Gone("node1");

        Assert.Null(memory.CpuPercent("node1", Seen(100, 300)));
    }

    private static HostObservation Seen(long busy, long total) => Given.Host() with { CpuTimes = new CpuTimes(busy, total) };
}
