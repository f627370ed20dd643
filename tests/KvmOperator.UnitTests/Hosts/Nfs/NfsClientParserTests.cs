using KvmOperator.Hosts.Nfs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Nfs;

/// <summary>Linux 6.1's <c>/proc/fs/nfsd/clients/*/info</c>, as recorded.</summary>
public sealed class NfsClientParserTests
{
    [Fact]
    public void Address_state_and_silence_of_each_client_are_read()
    {
        const string text =
            """
            client: 3
            clientid: 0x7da2b8a5655f0d11
            address: "192.168.122.100:763"
            status: confirmed
            seconds from last renew: 4
            name: "Linux NFSv4.2 node1"
            minor version: 2
            Implementation domain: "kernel.org"
            callback state: UP
            callback address: 192.168.122.100:0
            client: 5
            clientid: 0x7da2b8a5655f0d12
            address: "[fd00::2]:812"
            status: courtesy
            name: "Linux NFSv4.2 node2"
            """;

        Assert.Equal(
            [
                new NfsClientLease("3", "192.168.122.100", "Linux NFSv4.2 node1", Confirmed: true, TimeSpan.FromSeconds(4)),
                new NfsClientLease("5", "fd00::2", "Linux NFSv4.2 node2", Confirmed: false, SinceRenewal: null),
            ],
            NfsClientParser.Parse(text));
    }

    [Fact]
    public void Without_clients_there_are_no_leases() => Assert.Empty(NfsClientParser.Parse(string.Empty));
}
