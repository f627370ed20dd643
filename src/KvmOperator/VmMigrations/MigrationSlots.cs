using k8s.Models;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations;

/// <summary>Keeps moves from slowing each other and the guests down. Pure.</summary>
internal static class MigrationSlots
{
    /// <summary>So many moves run at once in all.</summary>
    public const int InAll = 4;

    /// <summary>Why a move has to wait; null when it may begin.</summary>
    /// <param name="migration">The move.</param>
    /// <param name="source">Where its guest is.</param>
    /// <param name="target">Where it goes; null while that is not known.</param>
    /// <param name="all">All moves.</param>
    public static string? Wait(VmMigration migration, string? source, string? target, IEnumerable<VmMigration> all)
    {
        var active = all.Where(other => other.Uid() != migration.Uid() && VmMigrationStates.HoldsGuest(other.Status?.Phase)).ToList();
        if (active.FirstOrDefault(other => other.Namespace() == migration.Namespace() && other.Spec.VirtualMachineRef.Name == migration.Spec.VirtualMachineRef.Name) is { } same)
        {
            return $"the guest is being moved already, by {same.Name()}";
        }

        if (active.Count >= InAll)
        {
            return $"{active.Count} moves run already, at most {InAll} do";
        }

        // Two moves of one host would only share its network.
        var busy = new[] { source, target }.OfType<string>().FirstOrDefault(host => active.Any(other => other.Status!.SourceHost == host || other.Status.TargetHost == host));
        return busy is null ? null : $"{busy} takes part in another move already";
    }
}
