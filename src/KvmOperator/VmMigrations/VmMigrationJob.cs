using k8s.Models;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Jobs;

namespace KvmOperator.VmMigrations;

/// <summary>The job of a move on its source. Pure.</summary>
internal static class VmMigrationJob
{
    /// <summary>Its name: one move, one job, whoever starts it.</summary>
    public static JobName Name(VmMigration move) => new("migration", move.Uid());

    /// <summary>What libvirt said at the end.</summary>
    public static string Error(JobState job)
    {
        var line = job.Error.Trim().Split('\n')[^1].Trim();
        return line.Length > 0 ? line : $"virsh migrate ended with {job.Reason} {job.ExitStatus}";
    }
}
