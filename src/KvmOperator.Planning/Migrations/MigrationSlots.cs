namespace KvmOperator.Planning.Migrations;

/// <summary>Keeps moves from slowing each other and the guests down, and lets the oldest go first. Pure.</summary>
public static class MigrationSlots
{
    /// <summary>Why a move has to wait; null when it may begin.</summary>
    /// <param name="claim">The move, and what it needs.</param>
    /// <param name="open">All moves that are not over; it may be among them.</param>
    /// <param name="limitsOf">The limits that count for a pool.</param>
    public static string? Wait(MigrationClaim claim, IReadOnlyCollection<MigrationClaim> open, Func<string?, MigrationLimits> limitsOf)
    {
        var active = open.Where(other => other.Uid != claim.Uid && other.Standing == MigrationStanding.Begun).ToList();
        if (active.Find(other => other.Namespace == claim.Namespace && other.Guest == claim.Guest) is { } same)
        {
            return $"the guest is being moved already, by {same.Name}";
        }

        var taken = new Taken(limitsOf);
        foreach (var other in active)
        {
            taken.Begin(other);
        }

        if (taken.Obstacle(claim) is { } obstacle)
        {
            return obstacle;
        }

        var next = new List<string>();

        // Only what said so waits for its turn: a move with another obstacle keeps nobody.
        foreach (var older in open.Where(other => other.Standing == MigrationStanding.Waiting && IsOlder(other, claim)).OrderBy(other => other.Created).ThenBy(other => other.FullName, StringComparer.Ordinal))
        {
            // One whose own hosts are free takes the first target that becomes free.
            var goes = taken.Obstacle(older) is null;
            var takesAny = goes && older.Target is null && older.Pool == claim.Pool;
            if (goes)
            {
                taken.Begin(older);
                next.Add(older.FullName);
            }
            else
            {
                // Only the hosts that it names are kept for it, so that others need not wait.
                taken.Keep(older);
            }

            if (takesAny || taken.HostObstacle(claim) is not null)
            {
                return $"{older.FullName} is older, needs a host that this move needs, and goes first";
            }
        }

        return taken.Obstacle(claim) is { } full ? $"{full}, and {string.Join(", ", next)} {(next.Count == 1 ? "is" : "are")} older" : null;
    }

    private static bool IsOlder(MigrationClaim one, MigrationClaim other) => Nullable.Compare(one.Created, other.Created) switch
    {
        0 => string.CompareOrdinal(one.FullName, other.FullName) < 0,
        var order => order < 0,
    };

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
