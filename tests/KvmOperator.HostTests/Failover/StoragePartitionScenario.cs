using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.Failover;

/// <summary>A host loses its storage and answers: its guest stands still there, is started nowhere else, and goes on when the storage is back.</summary>
public sealed class StoragePartitionScenario(LabFixture fixture) : FailoverScenario(fixture)
{
    [Fact]
    public async Task A_host_that_answers_without_its_storage_is_not_shut_out()
    {
        await ArmAsync();
        var cut = await CountingGuestAsync();
        var ran = await IncarnationAsync(cut);

        await Lab.Machines.VerbAsync(CancellationToken, "cut", cut, "storage");
        await Cluster.UntilAsync<KvmHost>(cut, "its store does not answer", seen => seen.Status.IsNot(KvmHostConditions.StoresMounted, KvmHostReasons.StorageUnavailable), FailoverDeadline, CancellationToken);
        await StaysUnfencedAsync(cut);
        Assert.DoesNotContain(Domain(Guest), await Lab.RunningDomainsAsync(Other(cut), CancellationToken));

        await Lab.Machines.VerbAsync(CancellationToken, "heal", cut);
        await UntilWellAsync(cut);
        await UntilItCountsAsync(cut, Guest);
        Assert.Equal(ran, await IncarnationAsync(cut));
        await DisarmAsync();
    }
}
