using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.VirtualMachines;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>Moves that are deleted, on hosts that are made up.</summary>
public sealed class VmMigrationFinalizerTests : IDisposable
{
    private const int ByPostCopy = 12;
    private const int ByBrokenPostCopy = 13;

    private readonly MoveRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_running_move_is_given_up_and_goes_when_it_is_known_where_the_guest_is()
    {
        rig.Pair.Job = FakePair.Running;
        var (move, gone) = await rig.FinalizeAsync(rig.Begun(VmMigrationPhase.Running), Token);
        Assert.False(gone);
        Assert.Equal("Unknown Cancelled: it is being given up", MoveRig.Said(move));
        Assert.Equal(["gave up on node1"], rig.Pair.Done);

        rig.Pair.Job = new JobState(JobPhase.Failed, 1, "exit-code", string.Empty, "error: operation aborted");
        (_, gone) = await rig.FinalizeAsync(move, Token);

        Assert.True(gone);
        Assert.Equal(["VirtualMachine Normal Cancelled: VmMigration move was deleted while it ran; the guest is on node1"], rig.Events);
    }

    [Fact]
    public async Task A_move_in_post_copy_says_that_it_cannot_be_given_up_and_goes_when_it_is_over()
    {
        rig.Pair.Job = FakePair.Running;
        rig.Pair.Domains["node1"] = Given.Domain(DomainState.Paused, ByPostCopy);
        var (move, gone) = await rig.FinalizeAsync(rig.Begun(VmMigrationPhase.Running), Token);
        Assert.False(gone);
        Assert.Equal("Unknown PostCopyStarted: it cannot be given up any more: memory comes from both hosts (post-copy); the object goes when the move is over", MoveRig.Said(move));

        rig.Pair.Job = new JobState(JobPhase.Succeeded, 0, "success", string.Empty, string.Empty);
        (rig.Pair.Domains["node1"], rig.Pair.Domains["node2"]) = (null, Given.Domain(DomainState.Running));
        Assert.True((await rig.FinalizeAsync(move, Token)).Gone);
        Assert.Contains("the guest is on node2", Assert.Single(rig.Events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_move_whose_guest_is_on_both_hosts_says_what_to_do()
    {
        rig.Pair.Domains["node2"] = Given.Domain(DomainState.Running);

        var (move, gone) = await rig.FinalizeAsync(rig.Begun(VmMigrationPhase.Verifying), Token);

        Assert.False(gone);
        Assert.StartsWith("Unknown OutcomeUnknown: it cannot be deleted yet: the guest is on node1 and on node2", MoveRig.Said(move), StringComparison.Ordinal);
        Assert.Contains("virsh destroy", MoveRig.Said(move), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_told_that_a_guest_is_well_where_it_is_lost()
    {
        rig.Pair.Domains["node1"] = Given.Domain(DomainState.Paused, ByBrokenPostCopy);
        Assert.True((await rig.FinalizeAsync(rig.Begun(VmMigrationPhase.Verifying), Token)).Gone);
        Assert.Contains("VirtualMachine Warning Cancelled: VmMigration move was deleted while it ran; post-copy broke off", Assert.Single(rig.Events), StringComparison.Ordinal);

        rig.Events.Clear();
        rig.Pair.Domains["node1"] = null;
        Assert.True((await rig.FinalizeAsync(rig.Begun(VmMigrationPhase.Verifying), Token)).Gone);
        Assert.Contains("the guest is on neither host", Assert.Single(rig.Events), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node1")]
    [InlineData("node2")]
    public async Task A_host_that_was_let_go_does_not_keep_a_deleted_move(string lost)
    {
        rig.Pair.Job = lost == "node1" ? FakePair.Running : JobState.Missing;
        var move = rig.Begun(VmMigrationPhase.Running);
        rig.Pair.Silent.Add(lost);
        (move, var gone) = await rig.FinalizeAsync(move, Token);
        Assert.False(gone);
        Assert.StartsWith("Unknown OutcomeUnknown: it cannot be deleted yet", MoveRig.Said(move), StringComparison.Ordinal);

        rig.Pair.Gone.Add(lost);
        Assert.True((await rig.FinalizeAsync(move, Token)).Gone);
    }
}
