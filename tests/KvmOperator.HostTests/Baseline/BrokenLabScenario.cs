using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Baseline;

/// <summary>The proof that the baseline fails when it should: the lab is broken on purpose, and the message says what is broken.</summary>
public sealed class BrokenLabScenario(LabFixture fixture) : LabScenario(fixture)
{
    [Fact]
    public async Task Without_NFS_the_baseline_fails_at_the_mount_and_says_so()
    {
        var procedure = new ManualProcedure(Lab, CancellationToken);
        await procedure.StopFirewallsAsync();
        await Lab.RunAsync("storage", "systemctl mask --now nfs-server", CancellationToken);

        var failure = await Assert.ThrowsAsync<ProcedureFailedException>(procedure.PrepareAsync);
        Assert.Contains("storage: the export does not start", failure.Message, StringComparison.Ordinal);
        Assert.Contains("masked", failure.Message, StringComparison.Ordinal);

        failure = await Assert.ThrowsAsync<ProcedureFailedException>(procedure.MountAsync);
        Assert.Contains("192.168.122.1:/images cannot be mounted", failure.Message, StringComparison.Ordinal);
        Assert.Contains("systemctl status nfs-server", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_wrong_name_resolution_the_baseline_fails_at_the_migration_and_says_so()
    {
        var procedure = new ManualProcedure(Lab, CancellationToken);
        await procedure.PrepareAsync();
        await procedure.CreateGuestAsync();
        var before = (await procedure.WatchCounterAsync("node1", 1))[0];

        await Lab.RunAsync("node1", "sed -i '/node2/d' /etc/hosts", CancellationToken);
        var failure = await Assert.ThrowsAsync<ProcedureFailedException>(procedure.MigrateAsync);

        Assert.Contains("the guest does not move to node2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("every host has to resolve every other host's name", failure.Message, StringComparison.Ordinal);
        Assert.True((await procedure.WatchCounterAsync("node1", 1))[0].Number > before.Number, "the guest goes on where it was");
    }
}
