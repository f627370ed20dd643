using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Events;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says how far disks are that are not all there yet.</summary>
internal static class GuestDiskReports
{
    /// <summary>Writes it down. A guest that runs already runs on without the disk.</summary>
    /// <returns>When to look again.</returns>
    public static async Task<TimeSpan> TellAsync(GuestPass pass, DiskCreationResult made, bool runs, CancellationToken cancellationToken)
    {
        var (reason, message, delay) = made switch
        {
            DiskCreationResult.Running running => (CommonReasons.InProgress, running.Message, GuestIntervals.Work),
            DiskCreationResult.Waiting waiting => (CommonReasons.DependencyNotReady, waiting.Message, GuestIntervals.Retry),
            DiskCreationResult.Failed failed => (CommonReasons.StepFailed, failed.Message, GuestIntervals.Person),
            _ => throw new NotSupportedException(made.ToString()),
        };
        pass.Status = pass.Status with { Disks = [.. made.Made, .. pass.Status.Disks.Where(before => made.Made.All(disk => disk.Name != before.Name))] };
        pass.Conditions.False(VirtualMachineConditions.DisksReady, reason, message);
        if (!runs)
        {
            pass.Conditions.False(CommonConditions.Ready, reason, message);
        }

        if (await pass.WriteAsync(runs ? "Running" : "Creating", cancellationToken) && made is DiskCreationResult.Failed)
        {
            pass.Publish(reason, message, EventType.Warning);
        }

        return delay;
    }
}
