using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>A host has failed when nobody reaches it, and the operator has no reason to doubt itself.</summary>
public sealed class FailureDetectionTests
{
    private static readonly OperatorSignals Well = new(TimeSpan.FromMinutes(5), TimeSpan.Zero, IsLeader: true, CanWrite: true);

    private static readonly PoolSignals Pool = new()
    {
        Others = [new OtherHost("node2", Seconds(1), IsReady: true, IsDown: false), new OtherHost("node3", Seconds(0.5), IsReady: true, IsDown: false)],
        Servers = [new ServerContact("storage", Seconds(1))],
    };

    private static readonly HostSignals Dead = Silent(10.4, Operator(), Peer(), Storage()) with { Leases = [new LeaseReport("storage", Seconds(11), Seconds(2))] };

    [Fact]
    public void A_host_that_nobody_reaches_for_ten_seconds_has_failed()
    {
        var verdict = Judge(Dead);

        Assert.Equal(DetectionState.Failed, verdict.State);
        Assert.True(verdict.CountsForStorm);
        Assert.Equal(["no answer to the operator for 10 s", "lease on storage: 11 s old", "node2: no answer, 7 times", "storage: no answer, 7 times"], verdict.Evidence);
    }

    [Theory]
    [InlineData(0.5, DetectionState.Healthy)]
    [InlineData(2.9, DetectionState.Healthy)]
    [InlineData(3, DetectionState.PreSuspected)]
    [InlineData(7.9, DetectionState.PreSuspected)]
    [InlineData(8, DetectionState.Suspected)]
    [InlineData(9.9, DetectionState.Suspected)]
    [InlineData(10, DetectionState.Failed)]
    public void Silence_counts_by_its_length(double seconds, DetectionState state) => Assert.Equal(state, Judge(Dead with { BeatAge = Seconds(seconds) }).State);

    [Fact]
    public void A_stream_that_is_silent_convicts_nobody_who_answers_a_new_connection()
    {
        var verdict = Judge(Silent(12.6, Operator() with { FailedProbes = 0, AnswerAge = Seconds(0.4) }, Peer(), Storage()));

        Assert.Equal(DetectionState.Healthy, verdict.State);
        Assert.Contains("its last beat is 13 s old", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_leader_does_not_take_a_host_for_well_that_it_has_not_heard_yet()
    {
        Assert.Equal(DetectionState.PreSuspected, Judge(Silent(0.5) with { IsHeard = false }).State);
        Assert.Equal(DetectionState.Healthy, Judge(Silent(0.5, Operator() with { AnswerAge = Seconds(0.2) }) with { IsHeard = false }).State);
        Assert.Equal(DetectionState.Failed, Judge(Dead with { IsHeard = false }).State);
    }

    [Fact]
    public void Nobody_is_convicted_before_the_operator_itself_has_tried() =>
        Assert.Equal(DetectionState.Suspected, Judge(Dead with { Vantages = [Peer(), Storage()] }).State);

    [Fact]
    public void Whoever_reaches_it_makes_it_isolated()
    {
        Assert.Equal(DetectionState.Isolated, Judge(Dead with { Vantages = [Operator(), Peer() with { AnswerAge = Seconds(0.5), FailedProbes = 0 }, Storage()] }).State);
        Assert.Equal(DetectionState.Isolated, Judge(Dead with { Vantages = [Operator(), Peer(), Storage() with { AnswerAge = Seconds(7), FailedProbes = 6 }] }).State);

        var byLease = Judge(Dead with { Leases = [new LeaseReport("storage", Seconds(2), Seconds(2))] });
        Assert.Equal(DetectionState.Isolated, byLease.State);
        Assert.Contains("it renewed its lease on storage 2 s ago", byLease.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vantage_that_is_cut_off_itself_says_nothing_and_one_that_is_well_must_have_tried_often_enough()
    {
        Assert.Equal(DetectionState.Failed, Judge(Dead with { Vantages = [Operator(), Peer() with { IsWell = false, FailedProbes = 0 }, Storage()] }).State);
        Assert.Equal(DetectionState.Suspected, Judge(Dead with { Vantages = [Operator(), Peer() with { FailedProbes = 4 }, Storage()] }).State);
        Assert.Equal(HoldReason.NoVantage, Judge(Dead with { Vantages = [Operator(), Peer() with { IsWell = false }, Storage() with { IsWell = false }] }).Held);
        Assert.Equal(HoldReason.NoVantage, Judge(Dead with { Vantages = [Operator()], Leases = [] }).Held);
    }

    [Theory]
    [InlineData(6.0)]
    [InlineData(null)]
    public void An_old_lease_is_no_sign_when_nobody_renews(double? other) =>
        Assert.Equal(HoldReason.StorageSilent, Judge(Dead with { Leases = [new LeaseReport("storage", Seconds(11), other is { } age ? Seconds(age) : null)] }).Held);

    [Fact]
    public void The_operator_doubts_itself_first()
    {
        Assert.Equal(HoldReason.ApiReadOnly, Judge(Dead, self: Well with { CanWrite = false }).Held);
        Assert.Equal(HoldReason.ApiReadOnly, Judge(Dead, self: Well with { IsLeader = false }).Held);
        Assert.Equal(HoldReason.Blind, Judge(Dead, self: Well with { Watching = Seconds(29) }).Held);
        Assert.Equal(HoldReason.Blind, Judge(Dead, self: Well with { Lag = Seconds(1.1) }).Held);
        Assert.Equal(HoldReason.OwnNetwork, Judge(Dead, Pool with { Servers = [new ServerContact("storage", Seconds(3))] }).Held);
        Assert.Equal(HoldReason.OwnNetwork, Judge(Dead, Pool with { Others = [Pool.Others[0], Pool.Others[1] with { Silence = Seconds(2.5) }] }).Held);
        Assert.Equal(HoldReason.OwnNetwork, Judge(Dead, Pool with { Others = [.. Pool.Others.Select(other => other with { Silence = Seconds(11) })] }).Held);
    }

    [Fact]
    public void Of_two_hosts_one_may_fail_and_those_that_were_down_before_do_not_count()
    {
        Assert.Equal(DetectionState.Failed, Judge(Dead, Pool with { Others = [Pool.Others[0]] }).State);
        Assert.Equal(DetectionState.Failed, Judge(Dead, Pool with { Others = [Pool.Others[0], Pool.Others[1] with { Silence = TimeSpan.FromHours(1), IsDown = true, IsReady = false }] }).State);
    }

    [Fact]
    public void A_storm_is_no_series_of_failures()
    {
        Assert.Equal(HoldReason.StormGuard, Judge(Dead, Pool with { FenceAges = [TimeSpan.FromMinutes(9)] }).Held);
        Assert.Equal(DetectionState.Failed, Judge(Dead, Pool with { FenceAges = [TimeSpan.FromMinutes(10)] }).State);

        var many = Pool with { Others = [.. Enumerable.Range(2, 7).Select(number => new OtherHost($"node{number}", Seconds(1), IsReady: true, IsDown: false))] };
        Assert.Equal(DetectionState.Failed, Judge(Dead, many with { FenceAges = [Seconds(30)] }).State);
        Assert.Equal(HoldReason.StormGuard, Judge(Dead, many with { FenceAges = [Seconds(29)] }).Held);
        Assert.Equal(HoldReason.LastHost, Judge(Dead, Pool with { Others = [.. Pool.Others.Select(other => other with { IsReady = false })] }).Held);
    }

    [Fact]
    public void Nothing_is_done_for_a_host_that_has_nothing_to_lose_nor_while_failover_is_off()
    {
        Assert.Equal(HoldReason.NothingToLose, Judge(Dead with { IsDrainedForMaintenance = true }).Held);
        Assert.Equal(HoldReason.NothingToLose, Judge(Dead with { IsPreparedForTheFirstTime = true }).Held);

        var disarmed = Judge(Dead, Pool with { Disarmed = new Disarm("the switches are changed", TimeSpan.FromMinutes(19.5)) });
        Assert.Equal(HoldReason.Disarmed, disarmed.Held);
        Assert.Equal("it looks dead, and nothing is done: failover is switched off for another 20 minutes (the switches are changed)", disarmed.Message);
    }

    [Fact]
    public void A_controller_that_says_off_needs_no_other_witness_and_one_that_says_on_asks_for_patience()
    {
        var off = Silent(3, []) with { Power = new PowerReport(PowerState.Off, Seconds(1)) };
        Assert.Equal(DetectionState.Failed, Judge(off, Pool with { FenceAges = [Seconds(5)], Servers = [new ServerContact("storage", Seconds(9))] }).State);
        Assert.False(Judge(off).CountsForStorm);
        Assert.Equal(DetectionState.PreSuspected, Judge(off with { Power = new PowerReport(PowerState.Off, Seconds(6)) }).State);
        Assert.Equal(HoldReason.Blind, Judge(off, self: Well with { Watching = Seconds(5) }).Held);
        Assert.Equal(DetectionState.Healthy, Judge(off with { BeatAge = Seconds(1) }).State);

        var patient = FailoverBudgets.Default with { IsolatedPatience = TimeSpan.FromSeconds(120) };
        var on = Dead with { Power = new PowerReport(PowerState.On, Seconds(1)) };
        Assert.Equal(DetectionState.Suspected, FailureDetection.Judge(on, Pool, Well, patient).State);
        Assert.Equal(DetectionState.Failed, FailureDetection.Judge(on with { BeatAge = Seconds(121) }, Pool, Well, patient).State);
        Assert.Equal(DetectionState.Failed, FailureDetection.Judge(on with { Power = new PowerReport(PowerState.Unknown, Seconds(1)) }, Pool, Well, patient).State);
    }

    private static DetectionVerdict Judge(HostSignals host, PoolSignals? pool = null, OperatorSignals? self = null) => FailureDetection.Judge(host, pool ?? Pool, self ?? Well, FailoverBudgets.Default);

    private static HostSignals Silent(double seconds, params IReadOnlyList<VantageReport> vantages) => new("node1", Seconds(seconds)) { Vantages = vantages };

    private static VantageReport Operator() => new("operator", VantageKind.Operator, 7, null, IsWell: true);

    private static VantageReport Peer() => new("node2", VantageKind.Peer, 7, null, IsWell: true);

    private static VantageReport Storage() => new("storage", VantageKind.StorageServer, 7, null, IsWell: true);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
