using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Baseline;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>
/// What the procedure by hand leaves, with its own export and its mounts by hand and its guest at work, becomes the product's pool by applying the objects: the guest is not restarted, nothing is
/// mounted anew, and what a person has to change is told with its command.
/// </summary>
public sealed class AdoptedPoolScenario(LabFixture fixture) : GuestScenario(fixture)
{
    /// <summary>As the procedure writes it.</summary>
    private const string Export = "/images 0.0.0.0/0.0.0.0(rw,sync,no_root_squash)";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    protected override Beginning Beginning => Beginning.Prepared;

    [Fact]
    public async Task A_pool_made_by_hand_is_taken_over_while_its_guest_runs()
    {
        var procedure = new ManualProcedure(Lab.Machines, CancellationToken);
        await procedure.PrepareAsync();
        await Lab.Machines.RunAsync("storage", $"echo '{Export}' >/etc/exports && exportfs -ra", CancellationToken);
        await procedure.CreateGuestAsync();
        var before = (await procedure.WatchCounterAsync("node1", 1))[^1];
        var (process, mounts) = (await ProcessAsync(), await MountsAsync());

        await Lab.StartOperatorAsync(CancellationToken);
        await Cluster.ApplyAsync(Lab.Manifests.Hosts + "---\n" + Lab.Manifests.NfsStore(), CancellationToken);

        // The export lets in everybody: that is the person's to change, who is told where it stands and what to run.
        var blocked = await Cluster.UntilAsync<NfsStore>(
            PoolManifests.Store,
            "it says who else may mount the folder",
            store => store.Status.Condition(NfsStoreConditions.Exported) is { Status: "False" } condition && condition.Message.Contains("others may mount", StringComparison.Ordinal),
            Deadline,
            CancellationToken);
        var told = blocked.Status.Condition(NfsStoreConditions.Exported)!.Message;
        Assert.Contains("0.0.0.0/0", told, StringComparison.Ordinal);
        Assert.Contains("/etc/exports", told, StringComparison.Ordinal);
        Assert.Contains("exportfs -ra", told, StringComparison.Ordinal);
        Assert.Equal((process, mounts), (await ProcessAsync(), await MountsAsync()));

        await Lab.Machines.RunAsync("storage", "sed -i '/0\\.0\\.0\\.0/d' /etc/exports && exportfs -ra", CancellationToken);
        await Lab.PoolIsReadyAsync(CancellationToken);
        Assert.Equal((process, mounts), (await ProcessAsync(), await MountsAsync()));
        foreach (var node in new[] { "node1", "node2" })
        {
            await Lab.Machines.RunAsync(node, "systemctl is-enabled var-lib-libvirt-images.mount", CancellationToken);
            var host = await Cluster.GetAsync<KvmHost>(node, CancellationToken);
            Assert.Equal("all stores are mounted", host.Status.Condition(KvmHostConditions.StoresMounted)!.Message);
        }

        Assert.DoesNotContain("0.0.0.0", (await Lab.Machines.RunAsync("storage", "exportfs -s", CancellationToken)).Output, StringComparison.Ordinal);

        // The guest has gone on all the time, also over the restart of the server, and becomes an object's.
        var after = (await procedure.WatchCounterAsync("node1", 1))[0];
        Assert.True(after.Number > before.Number && after.Uptime > before.Uptime, $"the guest was started anew: {before} before, {after} after");
        await Cluster.ApplyAsync(await ManifestAsync(), CancellationToken);
        var adopted = await UntilRunningAsync(ManualProcedure.Guest);
        Assert.Equal((ManualProcedure.Guest, "node1"), (adopted.Status!.DomainName, adopted.Status.Host));
        Assert.Equal((process, mounts), (await ProcessAsync(), await MountsAsync()));

        var move = await MoveAsync("move-adopted", ManualProcedure.Guest, "node2");
        Assert.True(move.Status!.Phase == VmMigrationPhase.Succeeded, move.Status.Condition(CommonConditions.Succeeded)?.Message);
        var moved = (await procedure.WatchCounterAsync("node2", 1))[0];
        Assert.True(moved.Number > after.Number && moved.Uptime > after.Uptime, $"the guest was started anew: {after} before, {moved} after");

        // A pool that is given up is the procedure's again: its mounts are there, and the guest runs.
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node1", "--wait=false");
        await Cluster.UntilGoneAsync<KvmHost>("node1", Deadline, CancellationToken);
        await Lab.Machines.RunAsync("node1", $"mountpoint -q {ManualProcedure.Images} && ! test -e /etc/systemd/system/var-lib-libvirt-images.mount", CancellationToken);
        Assert.Equal([ManualProcedure.Guest], await procedure.RunningAsync("node2"));
    }

    private async Task<string> ManifestAsync()
    {
        var uuid = (await Lab.Machines.RunAsync("node1", $"virsh -r domuuid {ManualProcedure.Guest}", CancellationToken)).Output.Trim();
        var mac = (await Lab.Machines.RunAsync("node1", $"virsh -r domiflist {ManualProcedure.Guest} | grep -oE '([0-9a-f]{{2}}:){{5}}[0-9a-f]{{2}}'", CancellationToken)).Output.Trim();
        return PoolManifests.Adopted(ManualProcedure.Guest, uuid, ManualProcedure.Guest, mac);
    }

    /// <summary>The guest's process.</summary>
    private async Task<string> ProcessAsync() => (await Lab.Machines.RunAsync("node1", $"cat /run/libvirt/qemu/{ManualProcedure.Guest}.pid", CancellationToken)).Output.Trim();

    /// <summary>The kernel's numbers of the mounts: another one is another mount.</summary>
    private async Task<string> MountsAsync()
    {
        const string Numbers = $"awk '$5 == \"{ManualProcedure.Images}\" {{ print $1 }}' /proc/self/mountinfo";
        var (one, two) = (await Lab.Machines.RunAsync("node1", Numbers, CancellationToken), await Lab.Machines.RunAsync("node2", Numbers, CancellationToken));
        return $"{one.Output.Trim()} {two.Output.Trim()}";
    }
}
