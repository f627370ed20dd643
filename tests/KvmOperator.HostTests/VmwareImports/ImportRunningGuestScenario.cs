using KvmOperator.Api;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>A machine that still runs in VMware is not touched, and one whose folder was copied with its locks is imported when a person says so.</summary>
public sealed class ImportRunningGuestScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    private const string Folder = Machines + "/running";
    private const string Lock = Folder + "/虚拟磁盘.vmdk.lck/M12345.lck";

    [Fact]
    public async Task A_running_machine_is_waited_for_and_a_copied_lock_is_a_persons_to_release()
    {
        await MakeMachineAsync("running");
        await Lab.Machines.RunAsync("node1", $"mkdir -p {Folder}/虚拟磁盘.vmdk.lck && printf 'uuid=564d 4242-133(vmware-vmx) 1 X 1 lc=1' > {Lock}", CancellationToken);

        var stopped = await StoppedAsync("running", Folder, VmwareImportReasons.SourceInUse);
        Assert.Contains(stopped.Status!.Concerns, concern => concern.Id == "SourceInUse");

        // Nobody has written there for an hour: it is a copy.
        await Lab.Machines.RunAsync("node1", $"find {Folder} -exec touch -d '-1 hour' {{}} +", CancellationToken);
        await Cluster.UntilAsync<VmwareImport>(
            "default/running", "the lock is old", import => import.Status?.Concerns.Any(concern => concern.Id == "StaleLock") == true, StartDeadline, CancellationToken);
        await Lab.Machines.RunAsync("node1", $"! test -e {Mount}/default_running", CancellationToken);

        await Cluster.KubectlAsync(CancellationToken, "patch", "vmwareimport", "running", "--type=merge", "-p", """{"spec": {"acceptConcerns": ["StaleLock"]}}""");
        var import = Succeeded(await Cluster.UntilAsync<VmwareImport>("default/running", "the import is over", IsOver, ImportDeadline, CancellationToken));
        Assert.Equal("True", import.Status.Condition(CommonConditions.Succeeded)?.Status);
    }
}
