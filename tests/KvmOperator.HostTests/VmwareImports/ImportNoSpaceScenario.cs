using KvmOperator.Api;
using KvmOperator.Api.VmwareImports;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.VmwareImports;

/// <summary>An import for which there is no room waits, writes nothing, and goes on by itself when there is some.</summary>
public sealed class ImportNoSpaceScenario(LabFixture fixture) : VmwareScenario(fixture)
{
    private const string Filler = OperatorLab.ExportPath + "/filler";

    [Fact]
    public async Task It_waits_for_room_and_goes_on_when_there_is_some()
    {
        await MakeMachineAsync("large");

        // Room beyond the store's reserve for nothing.
        await Lab.Machines.RunAsync(
            "storage",
            $"sync; set -- $(stat -f -c '%a %b %S' {OperatorLab.ExportPath}); size=$(($2 * $3)); fallocate -l $(($1 * $3 - size / 20 - 2097152)) {Filler}",
            CancellationToken,
            TimeSpan.FromMinutes(5));
        var waiting = await StoppedAsync("large", $"{Machines}/large", VmwareImportReasons.NoSpace);
        Assert.Contains("stay free for the guests that are there: make room in the store", waiting.Status.Condition(CommonConditions.Succeeded)!.Message, StringComparison.Ordinal);
        await Lab.Machines.RunAsync("node1", $"! ls {Mount}/default_large/* 2>/dev/null", CancellationToken);

        await Lab.Machines.RunAsync("storage", $"rm {Filler}; sync", CancellationToken);
        Succeeded(await Cluster.UntilAsync<VmwareImport>("default/large", "the import is over", IsOver, ImportDeadline, CancellationToken));
    }
}
