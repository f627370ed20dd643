using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>Of a source goes what is disposable, after the guest works; what stays can be imported again.</summary>
public sealed class TrimScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    private const string Folder = Machines + "/trimmed";

    [Fact]
    public async Task What_is_disposable_goes_and_what_stays_imports_again()
    {
        await MakeMachineAsync("trimmed");
        var needed = await ListAsync(Folder);
        await Lab.Machines.RunAsync(
            "node1",
            $"""
            cd {Folder} && mkdir -p caches/GuestAppsCache mine && printf x > vmware.log && printf x > vmware-0.log && printf x > vmware-10.log && printf x > caches/GuestAppsCache/icon && printf x > trimmed-Snapshot1.vmsn
            printf x > mine/vmware.log && printf x > notes.txt && ln -s /etc/hostname vmware-2.log
            """,
            CancellationToken);

        var import = Succeeded(await ImportAsync("first", Folder, "  trim: AfterSuccess"));

        Assert.Equal((5, 5L), (import.Status!.Trim!.DeletedFiles, import.Status.Trim.DeletedBytes));
        Assert.Equal(["Logs", "Caches", "SnapshotState"], import.Status.Trim.Classes.Select(one => one.Name));
        var left = await ListAsync(Folder);
        Assert.Equal(needed.Split('\n', StringSplitOptions.RemoveEmptyEntries), left.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("mine/", StringComparison.Ordinal) && !line.StartsWith("notes.txt", StringComparison.Ordinal)));
        await Lab.Machines.RunAsync("node1", $"cd {Folder} && test -e mine/vmware.log && test -e notes.txt && test -L vmware-2.log && test -e /etc/hostname && ! test -e caches", CancellationToken);

        // The first guest has the addresses of the cards.
        Succeeded(await ImportAsync("second", Folder, "  start: false\n  acceptConcerns: [DuplicateMac]"));
    }
}
