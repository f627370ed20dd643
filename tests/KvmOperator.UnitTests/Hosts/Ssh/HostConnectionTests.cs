using KvmOperator.Hosts.Ssh;
using Renci.SshNet.Common;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>What the library's errors say about a command.</summary>
public sealed class HostConnectionTests
{
    [Fact]
    public void Only_a_channel_that_the_peer_refused_lets_a_command_be_sent_again()
    {
        Assert.True(HostConnection.IsRefusedChannel(new SshException("Failed to open a channel after 10 attempts.")));
        Assert.False(HostConnection.IsRefusedChannel(new SshOperationTimeoutException("Session operation has timed out")));
        Assert.False(HostConnection.IsRefusedChannel(new SshConnectionException("An established connection was aborted")));
    }
}
