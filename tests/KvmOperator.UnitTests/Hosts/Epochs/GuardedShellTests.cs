using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Epochs;

/// <summary>What stands in front of every command and every held channel, with the guard's own scripts.</summary>
public sealed class GuardedShellTests : IAsyncLifetime
{
    private readonly EpochRig rig = new("/bin/dash");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => rig.DisposeAsync();

    [Fact]
    public async Task A_host_is_taken_once_before_the_first_command()
    {
        var (shell, _) = Led(3);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync(shell)));
        Assert.Equal("ran\n", (await RunAsync(shell)).OutputText);

        Assert.Equal(1, rig.Raises);
        Assert.Equal("3\n", await File.ReadAllTextAsync(rig.FilePath("epoch.one"), Cancellation));
    }

    [Fact]
    public async Task A_host_whose_connection_broke_is_told_again_since_it_may_have_forgotten()
    {
        var (shell, _) = Led(3);
        await RunAsync(shell);
        rig.IsAway = true;
        await Assert.ThrowsAsync<HostUnreachableException>(() => RunAsync(shell));
        rig.IsAway = false;
        Directory.Delete(rig.Folder, recursive: true);

        await RunAsync(shell);

        Assert.Equal(2, rig.Raises);
        Assert.Equal("3\n", await File.ReadAllTextAsync(rig.FilePath("epoch.one"), Cancellation));
    }

    [Fact]
    public async Task A_leader_whose_cluster_was_restored_goes_on_above_what_the_host_has_seen()
    {
        await rig.RaiseAsync(rig.Leader(7));
        var (shell, leader) = Led(2);

        Assert.Equal("ran\n", (await RunAsync(shell)).OutputText);

        Assert.Equal(8, leader.Epoch);
    }

    [Fact]
    public async Task A_leader_that_was_replaced_runs_nothing_any_more()
    {
        var (shell, leader) = Led(3);
        await RunAsync(shell);
        await rig.RaiseAsync(rig.Leader(4));
        await Assert.ThrowsAsync<EpochRefusedException>(() => RunAsync(shell, rig.FilePath("late")));

        leader.Leads = false;
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(shell, rig.FilePath("late")));

        Assert.False(File.Exists(rig.FilePath("late")));
    }

    [Fact]
    public async Task A_machine_on_which_another_installation_holds_a_channel_is_managed_elsewhere_until_that_ends()
    {
        var other = await rig.HoldAsync(rig.Leader(1, "other"));
        var (shell, _) = Led(3);

        var refused = await Assert.ThrowsAsync<ManagedElsewhereException>(() => RunAsync(shell, rig.FilePath("ran")));
        Assert.Equal("other", refused.Installation);
        Assert.False(File.Exists(rig.FilePath("ran")));

        await other.DisposeAsync();
        Assert.Equal("ran\n", (await RunAsync(shell)).OutputText);
    }

    [Fact]
    public async Task A_channel_that_the_guard_refused_lets_the_host_be_asked_why()
    {
        var (shell, leader) = Led(3);
        await RunAsync(shell);
        await rig.RaiseAsync(rig.Leader(4));

        await using (var channel = await shell.OpenAsync(RemoteCommand.Of("cat"), Cancellation))
        {
            Assert.Equal(0, await channel.Output.ReadAsync(new byte[1], Cancellation));
            Assert.Equal(73, (await channel.Ended).ExitStatus);
        }

        Assert.Equal("ran\n", (await RunAsync(shell)).OutputText);
        Assert.Equal(5, leader.Epoch);
    }

    [Fact]
    public async Task Another_shell_of_the_same_name_is_another_machine()
    {
        var leader = new GivenLeader(rig, 3);
        var guard = new HostGuard(leader, NullLogger<HostGuard>.Instance);
        await RunAsync(guard.Guard(rig));
        await using var second = new EpochRig("/bin/dash");
        await RunAsync(guard.Guard(second));

        Assert.Equal((1, 1), (rig.Raises, second.Raises));
    }

    private static Task<CommandResult> RunAsync(IHostShell shell, string? file = null) =>
        shell.RunAsync(RemoteCommand.Script("echo ran; [ -z \"$1\" ] || : >\"$1\"", file ?? string.Empty), Cancellation);

    private (IHostShell Shell, GivenLeader Leader) Led(long epoch)
    {
        var leader = new GivenLeader(rig, epoch);
        return (new HostGuard(leader, NullLogger<HostGuard>.Instance).Guard(rig), leader);
    }
}
