using KvmOperator.Api.VmMigrations;
using KvmOperator.Status;
using ApiProgress = KvmOperator.Api.VmMigrations.MigrationProgress;
using HostsProgress = KvmOperator.Hosts.Libvirt.MigrationProgress;

namespace KvmOperator.VmMigrations;

/// <summary>Says how far a move is. Pure.</summary>
internal static class MigrationReports
{
    /// <summary>How fast memory is written is measured once all of it was gone through; before the second time nothing can be said.</summary>
    private const int IterationsToJudge = 2;

    /// <summary>The progress; its percentage never goes back.</summary>
    public static ApiProgress Progress(ApiProgress? before, HostsProgress now)
    {
        var gain = now.BytesPerSecond - now.DirtyBytesPerSecond;
        return new ApiProgress
        {
            Percent = Math.Max(before?.Percent ?? 0, now.Percent),
            BytesTotal = now.Total,
            BytesProcessed = now.Processed,
            BytesRemaining = now.Remaining,
            BytesPerSecond = now.BytesPerSecond,
            DirtyBytesPerSecond = now.DirtyBytesPerSecond,
            Iteration = now.Iteration,
            EtaSeconds = gain > 0 ? now.Remaining / gain : null,
        };
    }

    /// <summary>Whether memory is sent faster than it is written.</summary>
    public static bool Converges(HostsProgress now) =>
        now.Iteration < IterationsToJudge || now.BytesPerSecond <= 0 || now.DirtyBytesPerSecond < now.BytesPerSecond;

    /// <summary>Writes the condition about that.</summary>
    public static void Tell(ConditionList conditions, VmMigrationSpec spec, HostsProgress now)
    {
        if (Converges(now))
        {
            conditions.True(VmMigrationConditions.Converging, Api.CommonReasons.AsExpected, "memory is sent faster than it is written");
            return;
        }

        var help = (spec.AutoConverge, spec.PostCopy) switch
        {
            (false, false) => "spec.autoConverge slows the guest down, spec.postCopy lets it go on at the target before all memory is there; both need a new VmMigration",
            (true, false) => "it is being slowed down; spec.postCopy of a new VmMigration would end it",
            _ => "it goes on at the target when the time of spec.timeoutSeconds is up",
        };
        conditions.False(VmMigrationConditions.Converging, VmMigrationReasons.NotConverging, $"the guest writes memory faster than it can be sent: {help}");
    }
}
