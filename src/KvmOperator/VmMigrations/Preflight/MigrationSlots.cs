using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>Keeps moves from slowing each other and the guests down, and lets the oldest go first. Pure.</summary>
internal static class MigrationSlots
{
    /// <summary>So many moves run at once in all.</summary>
    public const int InAll = 4;

    /// <summary>Why a move has to wait; null when it may begin.</summary>
    /// <param name="claim">The move, and what it needs.</param>
    /// <param name="all">All moves.</param>
    /// <param name="claims">What another move needs that has not begun.</param>
    public static string? Wait(MigrationClaim claim, IReadOnlyCollection<VmMigration> all, Func<VmMigration, MigrationClaim> claims)
    {
        var migration = claim.Move;
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
        bool IsBusy(string host) => active.Any(other => other.Status!.SourceHost == host || other.Status.TargetHost == host);
        if (claim.Hosts.FirstOrDefault(IsBusy) is { } busy)
        {
            return $"{busy} takes part in another move already";
        }

        var older = all.Where(other => IsWaiting(other) && IsOlder(other, migration)).Select(claims).ToList();
        if (older.FirstOrDefault(other => IsInTheWayOf(other, claim, IsBusy)) is { } first)
        {
            return $"{Name(first.Move)} is older, needs a host that this move needs, and goes first";
        }

        var next = older.Where(other => !other.Hosts.Any(IsBusy)).ToList();
        return active.Count + next.Count >= InAll ? $"{active.Count} moves run already, at most {InAll} do, and {string.Join(", ", next.Select(other => Name(other.Move)))} are older" : null;
    }

    /// <summary>One whose own hosts are free takes the first target that becomes free; else only the hosts that it names are kept for it, so that others need not wait.</summary>
    private static bool IsInTheWayOf(MigrationClaim older, MigrationClaim younger, Func<string, bool> isBusy) =>
        older.Hosts.Intersect(younger.Hosts, StringComparer.Ordinal).Any() || (older.Target is null && older.Pool == younger.Pool && !older.Hosts.Any(isBusy));

    /// <summary>Only what said so waits for its turn: a move with another obstacle keeps nobody.</summary>
    private static bool IsWaiting(VmMigration migration) =>
        migration.Status is { Phase: null or VmMigrationPhase.Pending or VmMigrationPhase.Preflight } status
        && migration.Metadata.DeletionTimestamp is null
        && !migration.IsPaused()
        && status.Conditions.Any(condition => condition is { Type: CommonConditions.Succeeded, Reason: VmMigrationReasons.WaitingForSlot });

    private static bool IsOlder(VmMigration one, VmMigration other) => Nullable.Compare(one.Metadata.CreationTimestamp, other.Metadata.CreationTimestamp) switch
    {
        0 => string.CompareOrdinal(Name(one), Name(other)) < 0,
        var order => order < 0,
    };

    private static string Name(VmMigration migration) => $"{migration.Namespace()}/{migration.Name()}";
}
