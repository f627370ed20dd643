using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>Whether a host is being shut down, by what systemd prints and returns (systemctl(1)).</summary>
public sealed class HostShutdownTests
{
    [Theory]
    [InlineData("echo stopping; exit 1", true)]
    [InlineData("echo running", false)]
    [InlineData("echo degraded; exit 1", false)]
    [InlineData("echo 'Failed to connect to bus' >&2; exit 1", false)]
    public async Task Only_a_host_that_is_stopping_is_on_its_way_out(string systemctl, bool isUnderWay)
    {
        using var host = new ScriptedHost(("systemctl", systemctl));

        Assert.Equal(isUnderWay, await HostShutdown.IsUnderWayAsync(host, TestContext.Current.CancellationToken));
    }
}
