using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Events;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Says how far disks are that are not all there yet.</summary>
internal static class GuestDiskReports
{
    /// <summary>Writes down that a guest without all its disks is not there yet.</summary>
    /// <returns>When to look again.</returns>
    public static async Task<TimeSpan> TellAsync(GuestPass pass, DiskCreationResult made, CancellationToken cancellationToken)
    {
        var delay = Say(pass, made);
        var said = pass.Conditions.Find(VirtualMachineConditions.DisksReady)!;
        pass.Conditions.False(CommonConditions.Ready, said.Reason, said.Message);
        if (await pass.WriteAsync("Creating", cancellationToken) && made is DiskCreationResult.Failed)
        {
            pass.Publish(said.Reason, said.Message, EventType.Warning);
        }

        return delay;
    }

    /// <summary>Says it without writing it down: a guest with a domain goes on without a disk that it never had.</summary>
    /// <returns>When to look again.</returns>
    public static TimeSpan Say(GuestPass pass, DiskCreationResult made)
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
        return delay;
    }
}
