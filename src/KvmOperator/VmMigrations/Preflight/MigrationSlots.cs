using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Settings;

namespace KvmOperator.VmMigrations.Preflight;

/// <summary>Keeps moves from slowing each other and the guests down, and lets the oldest go first. Pure.</summary>
internal static class MigrationSlots
{
    /// <summary>Why a move has to wait; null when it may begin.</summary>
    /// <param name="claim">The move, and what it needs.</param>
    /// <param name="open">All moves that are not over.</param>
    /// <param name="claims">What another move needs.</param>
    /// <param name="limitsOf">The limits that count for a pool.</param>
    public static string? Wait(MigrationClaim claim, IReadOnlyCollection<VmMigration> open, Func<VmMigration, MigrationClaim> claims, Func<string?, MigrationLimits> limitsOf)
    {
        var migration = claim.Move;
        var active = open.Where(other => other.Uid() != migration.Uid() && VmMigrationPhases.HoldsGuest(other.Status?.Phase)).ToList();
        if (active.FirstOrDefault(other => other.Namespace() == migration.Namespace() && other.Spec.VirtualMachineRef.Name == migration.Spec.VirtualMachineRef.Name) is { } same)
        {
            return $"the guest is being moved already, by {same.Name()}";
        }

        var taken = new Taken(limitsOf);
        foreach (var other in active)
        {
            taken.Begin(new MigrationClaim(other, other.Status!.SourceHost, other.Status.TargetHost, claims(other).Pool));
        }

        if (taken.Obstacle(claim) is { } obstacle)
        {
            return obstacle;
        }

        var next = new List<VmMigration>();
        foreach (var older in open.Where(other => IsWaiting(other) && IsOlder(other, migration)).OrderBy(other => other.Metadata.CreationTimestamp).ThenBy(Name, StringComparer.Ordinal).Select(claims))
        {
            // One whose own hosts are free takes the first target that becomes free.
            var goes = taken.Obstacle(older) is null;
            var takesAny = goes && older.Target is null && older.Pool == claim.Pool;
            if (goes)
            {
                taken.Begin(older);
                next.Add(older.Move);
            }
            else
            {
                // Only the hosts that it names are kept for it, so that others need not wait.
                taken.Keep(older);
            }

            if (takesAny || taken.HostObstacle(claim) is not null)
            {
                return $"{Name(older.Move)} is older, needs a host that this move needs, and goes first";
            }
        }

        return taken.Obstacle(claim) is { } full ? $"{full}, and {string.Join(", ", next.Select(Name))} {(next.Count == 1 ? "is" : "are")} older" : null;
    }

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

    /// <summary>What moves have taken: those that run, and those that go first.</summary>
    private sealed class Taken(Func<string?, MigrationLimits> limitsOf)
    {
        private readonly Dictionary<string, int> leaving = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> arriving = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> pools = new(StringComparer.Ordinal);
        private int all;

        /// <summary>A move runs, or begins before others.</summary>
        public void Begin(MigrationClaim claim)
        {
            all++;
            Count(pools, claim.Pool);
            Keep(claim);
        }

        /// <summary>The hosts that a move names are kept for it.</summary>
        public void Keep(MigrationClaim claim)
        {
            Count(leaving, claim.Source);
            Count(arriving, claim.Target);
        }

        /// <summary>What keeps a move from beginning beside those; null for nothing.</summary>
        public string? Obstacle(MigrationClaim claim)
        {
            var limits = limitsOf(claim.Pool);
            if (all >= limits.InAll)
            {
                return $"{all} moves run already, at most {limits.InAll} do";
            }

            return limits.InPool is { } inPool && Of(pools, claim.Pool) >= inPool
                ? $"{Of(pools, claim.Pool)} moves run already in the pool {claim.Pool}, at most {inPool} do"
                : HostObstacle(claim);
        }

        /// <summary>As the other, for the hosts alone.</summary>
        public string? HostObstacle(MigrationClaim claim)
        {
            var limit = limitsOf(claim.Pool).OutOfHost;
            return Of(leaving, claim.Source) >= limit ? $"{Of(leaving, claim.Source)} moves out of {claim.Source} run already, at most {limit} do"
                : Of(arriving, claim.Target) >= limit ? $"{Of(arriving, claim.Target)} moves to {claim.Target} run already, at most {limit} do"
                : null;
        }

        private static int Of(Dictionary<string, int> counts, string? name) => name is null ? 0 : counts.GetValueOrDefault(name);

        private static void Count(Dictionary<string, int> counts, string? name)
        {
            if (name is not null)
            {
                counts[name] = Of(counts, name) + 1;
            }
        }
    }
}
