using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

public sealed class NetworkAddressTests
{
    [Theory]
    [InlineData("FD00::0001", "fd00::1")]
    [InlineData("fd00:0:0:0:0:0:0:1", "fd00::1")]
    [InlineData("::ffff:192.168.122.1", "192.168.122.1")]
    [InlineData("192.168.122.1", "192.168.122.1")]
    [InlineData("10.1", "10.1")]
    [InlineData("Storage.example", "Storage.example")]
    [InlineData("::::", "::::")]
    public void An_address_has_one_spelling_and_a_name_stays(string text, string canonical) => Assert.Equal(canonical, NetworkAddress.Canonical(text));
}
