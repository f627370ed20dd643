using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.Failover;

/// <summary>Reads and writes in statuses what is written down of failures. Pure.</summary>
internal static class FailoverRecords
{
    /// <summary>So many decisions are remembered of a host.</summary>
    private const int MostFailures = 10;

    private const int MostEvidence = 8;

    /// <summary>
    /// What is written down of a host's failure. A host at which nothing answers, as a look found it, is suspected: its failure keeps the name that people have read.
    /// </summary>
    public static FailoverRecord? Of(KvmHost host) => host.Status?.Failover is not { } written
        ? null
        : new FailoverRecord(written.Id, State(written.State), Utc(written.Since), written.Epoch ?? 0)
        {
            Held = Enum.TryParse<HoldReason>(written.Held, out var held) ? held : HoldReason.None,
            Evidence = written.Evidence,
            CountsForStorm = written.Certain != true,
            Decided = written.Decided is { } decided ? Utc(decided) : null,
            Proofs = [.. written.Proofs.Select(proof => new StorageProof(proof.Server, written.Id, proof.BootId, proof.Clients, proof.ExportsDigest ?? string.Empty, proof.Epoch))],
            IsPoweredOff = written.PoweredOff == true,
            IsConfirmedOff = written.ConfirmedOff == true,
            CleanedBoot = written.CleanedBootId,
        };

    /// <summary>A host's status with another record, or with none when the failure is over.</summary>
    public static KvmHostStatus With(KvmHostStatus status, FailoverRecord? record)
    {
        if (record is null)
        {
            return status with { Failover = null, LastFailover = status.Failover is { Decided: not null } over ? over : status.LastFailover };
        }

        var written = Write(record);
        return status with
        {
            Failover = written,
            Failures = written.Decided is { } decided && !status.Failures.Any(failure => failure.Id == written.Id && failure.Decided == decided)
                ? [.. status.Failures.Append(new HostFailure { Id = written.Id, Decided = decided, Certain = written.Certain }).TakeLast(MostFailures)]
                : status.Failures,
        };
    }

    /// <summary>What is written down of a guest's start elsewhere: the one that goes on, else the last one.</summary>
    public static GuestRecovery? Of(VirtualMachine guest) => (guest.Status?.Failover ?? guest.Status?.LastFailover) is { } written
        ? new GuestRecovery(written.Id, written.From, written.Target, written.State == GuestFailoverState.Started ? RecoveryState.Started : RecoveryState.Starting)
        : null;

    /// <summary>A guest's status with where it is from now on, and what is known of its start there.</summary>
    /// <param name="status">The status.</param>
    /// <param name="host">Where it is.</param>
    /// <param name="recovery">What is known; null when it is not started elsewhere after all.</param>
    /// <param name="now">The time.</param>
    public static VirtualMachineStatus With(VirtualMachineStatus status, string host, GuestRecovery? recovery, DateTime now)
    {
        var written = recovery is null
            ? null
            : new GuestFailover
            {
                Id = recovery.FailoverId, From = recovery.From, Target = recovery.Target, State = recovery.State == RecoveryState.Started ? GuestFailoverState.Started : GuestFailoverState.Starting, Since = now,
            };
        return recovery?.State == RecoveryState.Started
            ? status with { Host = host, Failover = null, LastFailover = written, StartTime = now, EndedInOrderTime = null, LastStartReason = $"its host {recovery.From} failed" }
            : status with { Host = host, Failover = written };
    }

    private static HostFailover Write(FailoverRecord record) => new()
    {
        Id = record.Id,
        State = Enum.Parse<HostFailoverState>(record.State.ToString()),
        Since = Whole(record.Since),
        Epoch = record.Epoch,
        Held = record.Held == HoldReason.None ? null : record.Held.ToString(),
        Evidence = [.. record.Evidence.Take(MostEvidence)],
        Decided = record.Decided is { } decided ? Whole(decided) : null,
        Certain = record.CountsForStorm ? null : true,
        Proofs =
        [
            .. record.Proofs.Where(proof => proof.FailoverId == record.Id).OrderBy(proof => proof.Server, StringComparer.Ordinal)
                .Select(proof => new HostStorageProof { Server = proof.Server, BootId = proof.Boot, Clients = proof.Clients, ExportsDigest = proof.ExportsDigest, Epoch = proof.Epoch }),
        ],
        PoweredOff = record.IsPoweredOff ? true : null,
        ConfirmedOff = record.IsConfirmedOff ? true : null,
        CleanedBootId = record.CleanedBoot,
    };

    private static FailoverState State(HostFailoverState state) => state == HostFailoverState.Silent ? FailoverState.Suspected : Enum.Parse<FailoverState>(state.ToString());

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    /// <summary>Whole seconds are all that the API server keeps.</summary>
    private static DateTime Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds()).UtcDateTime;
}
