using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>A host has lost a store when another one has it, and the operator has no reason to doubt itself.</summary>
public sealed class StorageLossDetectionTests
{
    private static readonly OperatorSignals Self = new(TimeSpan.FromMinutes(5), TimeSpan.Zero, IsLeader: true, CanWrite: true);

    [Theory]
    [InlineData(1, true, 1, true, StorageLossState.Well)]
    [InlineData(59, true, 1, true, StorageLossState.Silent)]
    [InlineData(60, true, 1, true, StorageLossState.Lost)]
    [InlineData(60, true, 60, true, StorageLossState.SilentForAll)]
    [InlineData(60, true, 1, false, StorageLossState.SilentForAll)]
    [InlineData(600, false, 1, true, StorageLossState.Well)]
    public void It_is_lost_where_others_have_it(int silence, bool isHeard, int other, bool isOtherHeard, StorageLossState state) =>
        Assert.Equal(state, Judge(silence, isHeard, [new StoreContact("node2", TimeSpan.FromSeconds(other), isOtherHeard)]).State);

    [Fact]
    public void Nothing_follows_while_the_operator_doubts_itself_or_failover_is_off()
    {
        StoreContact[] others = [new("node2", TimeSpan.FromSeconds(1), IsHostHeard: true)];

        Assert.Equal(StorageLossState.Silent, Judge(90, isHeard: true, others, Self with { Watching = TimeSpan.FromSeconds(29) }).State);
        Assert.Equal(StorageLossState.Silent, Judge(90, isHeard: true, others, Self with { CanWrite = false }).State);

        var disarmed = StorageLossDetection.Judge(new StoreContact("node1", TimeSpan.FromSeconds(90), IsHostHeard: true), others, Self, new Disarm("cables", TimeSpan.FromMinutes(5)), FailoverBudgets.Default);
        Assert.Equal("silent for 90 s, and node2 has it; nothing is done while failover is switched off (cables)", disarmed.Message);
    }

    private static StorageLossVerdict Judge(int silence, bool isHeard, IReadOnlyList<StoreContact> others, OperatorSignals? self = null) =>
        StorageLossDetection.Judge(new StoreContact("node1", TimeSpan.FromSeconds(silence), isHeard), others, self ?? Self, null, FailoverBudgets.Default);
}
