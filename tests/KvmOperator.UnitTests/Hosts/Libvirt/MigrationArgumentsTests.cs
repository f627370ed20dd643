using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

public sealed class MigrationArgumentsTests
{
    private static readonly DomainIdentity Guest = new("shop", "web");

    [Fact]
    public void By_default_a_move_is_peer_to_peer_and_leaves_one_definition() => Assert.Equal(
        "virsh migrate --live --p2p --persistent --undefinesource --abort-on-error shop_web qemu+ssh://root@192.168.122.200/system tcp://192.168.122.200",
        string.Join(' ', VirshMigrations.Arguments(Guest, new MigrationOptions("192.168.122.200"))));

    [Fact]
    public void Each_wish_is_one_option()
    {
        var arguments = VirshMigrations.Arguments(
            Guest, new MigrationOptions("fd00::2") { AutoConverge = true, PostCopy = true, AllowUnsafe = true, BandwidthMebiBytesPerSecond = 40 });

        Assert.EndsWith(
            "qemu+ssh://root@[fd00::2]/system tcp://[fd00::2] --auto-converge --postcopy --unsafe --bandwidth 40", string.Join(' ', arguments), StringComparison.Ordinal);
    }

    [Fact]
    public void Unsafe_is_never_a_default() => Assert.DoesNotContain("--unsafe", VirshMigrations.Arguments(Guest, new MigrationOptions("node2") { AutoConverge = true }));
}
