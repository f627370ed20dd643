using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

public sealed class HostKeyTrustTests
{
    private const string Ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    [Theory]
    [InlineData(Ed25519)]
    [InlineData(Ed25519 + " root@node1")]
    [InlineData("node1,192.168.122.100 " + Ed25519)]
    [InlineData("  " + Ed25519 + "  ")]
    public void A_key_is_read_from_public_key_files_and_known_hosts(string line)
    {
        var trust = HostKeyTrust.Pinned([line]);

        Assert.True(trust.Trusts(HostKey.Parse(Ed25519)));
        Assert.Equal(["ssh-ed25519"], trust.Algorithms);
    }

    [Fact]
    public void The_fingerprint_is_the_one_that_OpenSSH_prints() =>
        Assert.Equal("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", HostKey.Parse(Ed25519).Fingerprint);

    [Theory]
    [InlineData("")]
    [InlineData("ssh-ed25519")]
    [InlineData("ssh-ed25519 !!!!")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")]
    public void What_is_no_key_is_refused(string line) => Assert.Throws<FormatException>(() => HostKeyTrust.Pinned([line]));

    [Fact]
    public void A_fingerprint_beside_a_key_lifts_the_limit_on_key_types() =>
        Assert.Empty(HostKeyTrust.Pinned([Ed25519, "SHA256:uNiVztksCsDhcc0u9e8BrWJ0B4d0wvqhCAWm6VyL2v0"]).Algorithms);

    [Fact]
    public void Without_any_key_the_first_one_is_trusted() => Assert.True(HostKeyTrust.Pinned([]).AcceptsAny);

    [Fact]
    public void The_same_keys_in_another_order_are_the_same_trust() =>
        Assert.Equal(HostKeyTrust.Pinned([Ed25519, "SHA256:x"]), HostKeyTrust.Pinned(["SHA256:x", Ed25519]));
}
