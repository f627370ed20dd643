using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

public sealed class PreparationRulesTests
{
    [Theory]
    [InlineData("192.168.122", "10.0.2.0/24")]
    [InlineData("192.168.123", "192.168.122.0/24")]
    [InlineData("192.168.124", "192.168.122.0/23")]
    [InlineData(null, "192.168.0.0/16")]
    [InlineData("192.168.123", "192.168.122.100/32", "nonsense")]
    public void The_default_network_goes_where_the_host_has_no_network(string? expected, params string[] networks) =>
        Assert.Equal(expected, NetworkRange.FindFree(networks));

    [Theory]
    [InlineData("ready all well\n", StepStatus.Ready, "all well", false)]
    [InlineData("drift one\ndrift two\nready all well\n", StepStatus.Drifted, "one; two", false)]
    [InlineData("drift one\nblocked a person is needed\n", StepStatus.Blocked, "a person is needed", true)]
    [InlineData("blocked a person is needed\n", StepStatus.Blocked, "a person is needed", false)]
    [InlineData("noise\n", StepStatus.Ready, "", false)]
    public void A_check_says_the_worst_that_it_found(string output, StepStatus status, string message, bool hasDrift) =>
        Assert.Equal(new StepState(status, message) { HasDrift = hasDrift }, StepState.Parse(output));

    [Theory]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("")]
    [InlineData("$(id)")]
    [InlineData("a(rw)")]
    [InlineData("10.0.0.*")]
    [InlineData("/srv/%h")]
    [InlineData("!node1")]
    [InlineData("b\u00e9")]
    public void What_could_end_its_line_stays_out_of_configuration_files(string value)
    {
        Assert.Throws<ArgumentException>(() => PlainWord.Require(value));
        Assert.Throws<ArgumentException>(() => NfsClient.Unit(new StoreMount("server", "/export", value)));
    }

    [Fact]
    public void A_host_that_serves_its_own_store_mounts_it_behind_its_server()
    {
        var order = NfsClient.Unit(new StoreMount("192.168.122.100", "/images", "/var/lib/libvirt/images")).Split('\n').Single(line => line.StartsWith("After=", StringComparison.Ordinal));

        Assert.Contains("nfs-server.service", order["After=".Length..].Split(' '));
    }

    [Fact]
    public void A_mount_is_hard_whatever_the_options_say()
    {
        var unit = NfsClient.Unit(new StoreMount("fd00::1", "/srv/images", "/var/lib/libvirt/images") { Options = ["soft", "rsize=1048576", "nolock", "noatime"] });

        Assert.Contains("\nWhat=[fd00::1]:/srv/images\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nOptions=vers=4.2,hard,_netdev,rsize=1048576,noatime\n", unit, StringComparison.Ordinal);
    }
}
