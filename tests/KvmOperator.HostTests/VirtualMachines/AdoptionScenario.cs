using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VirtualMachines;

/// <summary>A guest that a person made by hand becomes an object's while it runs, on real hosts.</summary>
public sealed class AdoptionScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Folder = "/var/lib/libvirt/images";

    [Fact]
    public async Task A_guest_made_by_hand_is_taken_over_while_it_runs_and_moves_like_any_other()
    {
        await Lab.Machines.RunAsync(
            "node1",
            $"cp {Folder}/guest.qcow2 {Folder}/byhand.qcow2 && chown libvirt-qemu:libvirt-qemu {Folder}/byhand.qcow2 && virt-install --name byhand --memory 256 --vcpus 1 --import --noautoconsole --graphics none"
                + $" --osinfo detect=on,require=off --machine q35 --cpu qemu64 --disk path={Folder}/byhand.qcow2,format=qcow2,bus=virtio,cache=none --network network=default,model=virtio,mac=52:54:00:00:00:77 && virsh autostart byhand",
            CancellationToken);
        var uuid = (await Lab.Machines.RunAsync("node1", "virsh domuuid byhand", CancellationToken)).Output.Trim();
        var process = (await Lab.Machines.RunAsync("node1", "cat /run/libvirt/qemu/byhand.pid", CancellationToken)).Output.Trim();

        // A spec that does not describe it would take its interface away: refused, and nothing is touched.
        await Cluster.ApplyAsync(PoolManifests.Adopted("kept", uuid, "byhand", "52:54:00:00:00:78"), CancellationToken);
        var refused = await Cluster.UntilAsync<VirtualMachine>(
            "default/kept", "the adoption is refused", one => one.Status.IsNot(VirtualMachineConditions.Defined, VirtualMachineReasons.AdoptionRefused), StartDeadline, CancellationToken);
        Assert.Contains("52:54:00:00:00:77", refused.Status.Condition(VirtualMachineConditions.Defined)!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("kvmoperator", (await Lab.Machines.RunAsync("node1", "virsh -r dumpxml byhand", CancellationToken)).Output, StringComparison.Ordinal);

        await Cluster.ApplyAsync(PoolManifests.Adopted("kept", uuid, "byhand", "52:54:00:00:00:77"), CancellationToken);
        var kept = await UntilRunningAsync("kept");
        Assert.Equal("byhand", kept.Status!.DomainName);
        Assert.Equal(uuid, kept.Status.DomainUuid);
        Assert.Equal(process, (await Lab.Machines.RunAsync("node1", "cat /run/libvirt/qemu/byhand.pid", CancellationToken)).Output.Trim());
        Assert.Contains("disable", (await Lab.Machines.RunAsync("node1", "virsh -r dominfo byhand | grep Autostart", CancellationToken)).Output, StringComparison.Ordinal);
        Assert.Contains(VirtualMachineReasons.Adopted, await Cluster.EventReasonsAsync("default/kept", CancellationToken));

        var move = await MoveAsync("move-kept", "kept", "node2");
        Assert.True(move.Status!.Phase == VmMigrationPhase.Succeeded, move.Status.Condition(CommonConditions.Succeeded)?.Message);
        Assert.Contains("byhand", await Lab.RunningDomainsAsync("node2", CancellationToken));
        Assert.DoesNotContain("byhand", await Lab.DefinedDomainsAsync("node1", CancellationToken));
    }
}
