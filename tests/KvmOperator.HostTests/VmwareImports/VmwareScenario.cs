using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>A scenario with VMware machines in the store of the ready pool. Their disks have what the lab's guest has, whose kernel has the drivers of virtio, as a Debian has.</summary>
public abstract class VmwareScenario(LabFixture fixture) : GuestScenario(fixture)
{
    /// <summary>Where the hosts see the store.</summary>
    private protected const string Mount = "/var/lib/libvirt/images";

    /// <summary>Where the machines lie.</summary>
    private protected const string Machines = Mount + "/vmware";

    /// <summary>The disk of the lab's guest is small; an emulated host converts it in a minute or two.</summary>
    private protected static readonly TimeSpan ImportDeadline = TimeSpan.FromMinutes(10);

    private protected static bool IsOver(VmwareImport import) => import.Status?.Phase is VmwareImportPhase.Succeeded or VmwareImportPhase.Failed or VmwareImportPhase.Cancelled;

    /// <summary>Whether an import has come to a step, or beyond.</summary>
    private protected static bool HasReached(VmwareImport import, ImportStep step) => import.Status?.Pipeline.Any(one => one.Step == step && one.State != ImportStepState.Pending) == true;

    /// <summary>Makes a machine's folder of the lab's guest, with a snapshot: what was written since is in the delta, and the base alone is an older state.</summary>
    /// <param name="name">The folder.</param>
    /// <param name="more">More lines of the .vmx.</param>
    private protected Task MakeMachineAsync(string name, string more = "") => Lab.Machines.RunAsync(
        "node1",
        $"""
        set -e
        mkdir -p '{Machines}/{name}' && cd '{Machines}/{name}'
        qemu-img convert -q -f qcow2 -O vmdk -o subformat=monolithicSparse {Mount}/guest.qcow2 虚拟磁盘.vmdk
        qemu-img create -q -f vmdk -b 虚拟磁盘.vmdk -F vmdk 虚拟磁盘-000001.vmdk
        cat > '{name}.vmx' <<'END'
        .encoding = "UTF-8"
        displayName = "{name}"
        guestOS = "debian12-64"
        memsize = "256"
        numvcpus = "1"
        scsi0.present = "TRUE"
        scsi0.virtualDev = "lsilogic"
        scsi0:0.present = "TRUE"
        scsi0:0.fileName = "虚拟磁盘-000001.vmdk"
        ethernet0.present = "TRUE"
        ethernet0.virtualDev = "e1000"
        ethernet0.connectionType = "nat"
        ethernet0.addressType = "generated"
        ethernet0.generatedAddress = "00:0c:29:1a:2b:3c"
        {more}
        END
        : > '{name}.nvram'
        """,
        CancellationToken,
        TimeSpan.FromMinutes(5));

    /// <summary>What lies in a folder of the store, with sizes and times.</summary>
    private protected async Task<string> ListAsync(string folder) =>
        (await Lab.Machines.RunAsync("node1", $"cd '{folder}' && find . -type f -printf '%P %s %T@\\n' | sort", CancellationToken)).Output;

    private protected async Task<VmwareImport> ImportAsync(string name, string path, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Import(name, path, more), CancellationToken);
        return await Cluster.UntilAsync<VmwareImport>($"default/{name}", "the import is over", IsOver, ImportDeadline, CancellationToken);
    }

    /// <summary>Applies an import and waits until it says why it does not go on.</summary>
    private protected async Task<VmwareImport> StoppedAsync(string name, string path, string reason, string more = "")
    {
        await Cluster.ApplyAsync(PoolManifests.Import(name, path, more), CancellationToken);
        return await Cluster.UntilAsync<VmwareImport>(
            $"default/{name}", $"it waits: {reason}", import => import.Status.Condition(KvmOperator.Api.CommonConditions.Succeeded)?.Reason == reason, StartDeadline, CancellationToken);
    }

    /// <summary>An import that has to have succeeded; what it says of itself is shown when it has not.</summary>
    private protected static VmwareImport Succeeded(VmwareImport import)
    {
        Assert.True(
            import.Status?.Phase == VmwareImportPhase.Succeeded,
            $"{import.Metadata.Name} is {import.Status?.Phase} at {import.Status?.Step}: {string.Join("; ", import.Status?.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Reason} ({condition.Message})") ?? [])}");
        return import;
    }
}
