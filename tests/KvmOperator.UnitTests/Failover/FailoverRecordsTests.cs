using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Failover;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;
using KvmOperator.UnitTests.KvmHosts;
using Xunit;

namespace KvmOperator.UnitTests.Failover;

/// <summary>What is written down of a failure is read again as it was: a later leader goes on from it alone.</summary>
public sealed class FailoverRecordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(FailoverState.Suspected)]
    [InlineData(FailoverState.Isolated)]
    [InlineData(FailoverState.Held)]
    [InlineData(FailoverState.Fencing)]
    [InlineData(FailoverState.Fenced)]
    [InlineData(FailoverState.Recovering)]
    [InlineData(FailoverState.Recovered)]
    [InlineData(FailoverState.Returning)]
    [InlineData(FailoverState.Quarantined)]
    public void Nothing_of_a_record_is_lost(FailoverState state)
    {
        var record = new FailoverRecord("20260101-120000", state, Now, 7)
        {
            Held = state == FailoverState.Held ? HoldReason.NoMethod : HoldReason.None,
            Evidence = ["no answer"],
            CountsForStorm = false,
            Decided = Now.AddSeconds(1),
            Proofs = [new StorageProof("192.168.122.1", "20260101-120000", "b1", ["7"], "digest", 6)],
            IsPoweredOff = true,
            IsConfirmedOff = true,
            CleanedBoot = "b2",
        };

        var read = FailoverRecords.Of(Host(FailoverRecords.With(new KvmHostStatus(), record)))!;

        Assert.Equivalent(record, read, strict: true);
    }

    [Fact]
    public void A_silence_that_a_look_found_keeps_the_name_that_people_have_read()
    {
        var silent = new KvmHostStatus { Failover = new HostFailover { Id = "20260101-115959", State = HostFailoverState.Silent, Since = Now.UtcDateTime } };

        Assert.Equal(("20260101-115959", FailoverState.Suspected), (FailoverRecords.Of(Host(silent))!.Id, FailoverRecords.Of(Host(silent))!.State));
    }

    [Fact]
    public void Each_decision_is_counted_once_and_the_last_failure_stays_to_be_read()
    {
        var record = new FailoverRecord("20260101-120000", FailoverState.Fencing, Now, 7) { Decided = Now };
        var status = FailoverRecords.With(FailoverRecords.With(new KvmHostStatus(), record), record with { State = FailoverState.Fenced });
        Assert.Equal("20260101-120000", Assert.Single(status.Failures).Id);

        status = FailoverRecords.With(status, null);
        Assert.Null(status.Failover);
        Assert.Equal(HostFailoverState.Fenced, status.LastFailover!.State);

        // A suspicion that came to nothing takes its place from no failure.
        status = FailoverRecords.With(FailoverRecords.With(status, new FailoverRecord("20260101-130000", FailoverState.Suspected, Now, 7)), null);
        Assert.Equal("20260101-120000", status.LastFailover!.Id);
    }

    [Fact]
    public void A_guest_that_goes_elsewhere_is_there_from_the_moment_when_that_is_written()
    {
        var recovery = new GuestRecovery("20260101-120000", "node1", "node2", RecoveryState.Starting);
        var status = FailoverRecords.With(new VirtualMachineStatus { Host = "node1" }, "node2", recovery, Now.UtcDateTime);
        Assert.Equal("node2", status.Host);
        Assert.Equal(recovery, FailoverRecords.Of(new VirtualMachine { Status = status }));

        status = FailoverRecords.With(status, "node2", recovery with { State = RecoveryState.Started }, Now.UtcDateTime);
        Assert.Null(status.Failover);
        Assert.Equal(recovery with { State = RecoveryState.Started }, FailoverRecords.Of(new VirtualMachine { Status = status }));
    }

    private static KvmHost Host(KvmHostStatus status)
    {
        var host = HostRig.Host();
        host.Status = status;
        return host;
    }
}
