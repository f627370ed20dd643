using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Migrations;

public sealed class MigrationArgumentsTests
{
    private static readonly DomainIdentity Guest = new("shop", "web");

    [Fact]
    public void By_default_a_move_of_that_very_guest_is_peer_to_peer_and_leaves_one_definition() => Assert.Equal(
        $"virsh migrate --live --p2p --persistent --undefinesource --abort-on-error {Guest.Uuid} qemu+ssh://root@192.168.122.200/system tcp://192.168.122.200",
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

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task The_downtime_is_set_as_soon_as_libvirt_takes_it_and_the_moves_own_end_counts(int status)
    {
        // libvirt refuses before the move has begun: here once.
        using var host = new ScriptedHost(("virsh", $"""
            case $1 in
              migrate) printf '%s\n' "$*" >"$FOLDER/move"; sleep 1.5; exit {status} ;;
              migrate-setmaxdowntime) echo "$*" >>"$FOLDER/tries"; [ "$(wc -l <"$FOLDER/tries")" -gt 1 ] ;;
            esac
            """));
        var arguments = VirshMigrations.Arguments(Guest, new MigrationOptions("node2") { MaximumDowntime = TimeSpan.FromMilliseconds(700), AutoConverge = true });

        var ended = await host.RunAsync(RemoteCommand.Of(arguments[0], [.. arguments.Skip(1)]), TestContext.Current.CancellationToken);

        Assert.Equal(status, ended.ExitStatus);
        var told = $"migrate-setmaxdowntime {Guest.Uuid} 700\n";
        Assert.Equal(told + told, host["tries"]);
        Assert.Contains("--live --p2p", host["move"], StringComparison.Ordinal);
        Assert.Contains("--auto-converge", host["move"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_that_fails_before_libvirt_takes_the_downtime_ends_all_the_same()
    {
        using var host = new ScriptedHost(("virsh", "exit 1"));
        var arguments = VirshMigrations.Arguments(Guest, new MigrationOptions("node2") { MaximumDowntime = TimeSpan.FromMilliseconds(700) });

        Assert.Equal(1, (await host.RunAsync(RemoteCommand.Of(arguments[0], [.. arguments.Skip(1)]), TestContext.Current.CancellationToken)).ExitStatus);
    }
}
