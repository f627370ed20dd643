using KvmOperator.Hosts.Libvirt.Protocol;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>How long libvirt is waited for on slow hosts.</summary>
public sealed class LibvirtConnectionOptionsTests
{
    [Theory]
    [InlineData(0, 30)]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(20, 90)]
    public void A_libvirt_that_stopped_is_not_taken_for_a_slow_one_for_minutes(int pace, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new LibvirtConnectionOptions { Pace = () => pace }.Deadline(CallKind.Question));

    [Fact]
    public void What_starts_processes_takes_as_long_as_processes_take_there() =>
        Assert.Equal(TimeSpan.FromMinutes(40), new LibvirtConnectionOptions { Pace = () => 20 }.Deadline(CallKind.Start));
}
