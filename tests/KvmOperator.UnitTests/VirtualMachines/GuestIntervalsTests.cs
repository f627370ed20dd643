using KvmOperator.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

public class GuestIntervalsTests
{
    [Theory]
    [InlineData(1, 5_020)]
    [InlineData(1000, 25_000)]
    public void Guests_ask_the_more_seldom_the_more_hosts_nobody_has_looked_at(int hosts, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), GuestIntervals.UntilFirstLooks(hosts));
}
