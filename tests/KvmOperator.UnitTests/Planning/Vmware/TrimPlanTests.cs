using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>What of the disposable files goes.</summary>
public sealed class TrimPlanTests
{
    [Fact]
    public async Task The_state_of_a_suspended_machine_goes_only_when_a_person_gave_it_up()
    {
        var found = await new MemorySource()
            .Add("a.vmx", Vmdk.Vmx([.. Vmdk.Disk("d.vmdk"), ("checkpoint.vmState", "a.vmss")])).Add("d.vmdk", Vmdk.MonolithicSparse(2048)).Add("vmware.log", "log").Add("a.vmss", "state").Add("a-Snapshot1.vmsn", "state")
            .InspectAsync();

        Assert.Equal(["vmware.log"], TrimPlan.Make(found.Trim, []).Select(item => item.File.Path));
        Assert.Equal(["vmware.log"], TrimPlan.Make(found.Trim, ["StaleLock"]).Select(item => item.File.Path));
        Assert.Equal(["a-Snapshot1.vmsn", "a.vmss", "vmware.log"], TrimPlan.Make(found.Trim, ["Suspended"]).Select(item => item.File.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nothing_that_the_import_read_is_ever_in_it()
    {
        var found = await new MemorySource().Add("vmware.log", Vmdk.MonolithicSparse(2048)).Add("a.vmx", Vmdk.Vmx(Vmdk.Disk("vmware.log"))).InspectAsync();

        Assert.Empty(TrimPlan.Make(found.Trim, ["Suspended"]).Select(item => item.File.Path).Intersect(found.Used.Select(file => file.Path), StringComparer.Ordinal));
    }
}
