using System.Globalization;

namespace KvmOperator.Planning.Failover.Detection;

/// <summary>Keeps a mistake about one host from becoming a mistake about a pool. Pure.</summary>
public static class StormGuard
{
    /// <summary>Why no host of a pool may be fenced on suspicion now; null when one may.</summary>
    /// <param name="pool">The pool, without the host in question.</param>
    /// <param name="budgets">How many are too many.</param>
    public static (HoldReason Reason, string Message)? Refuse(PoolSignals pool, FailoverBudgets budgets)
    {
        if (!pool.Others.Any(other => other.IsReady && !other.IsDown && other.Silence < budgets.PreSuspected))
        {
            return (HoldReason.LastHost, "no other host of the pool is ready, so its guests could start nowhere. When one is ready this goes on by itself");
        }

        var lately = pool.FenceAges.Where(age => age < budgets.StormWindow).ToList();
        var limit = budgets.StormLimit(pool.Others.Count + 1);
        if (lately.Count >= limit)
        {
            return (HoldReason.StormGuard, $"{Number(lately.Count)} of {Number(pool.Others.Count + 1)} hosts were fenced in the last {Number((int)budgets.StormWindow.TotalMinutes)} minutes, and no more than {Number(limit)} are. Confirm that the machine is off, or wait");
        }

        return lately.Count > 0 && lately.Min() < budgets.StormSpacing
            ? (HoldReason.StormGuard, $"another host was fenced less than {Number((int)budgets.StormSpacing.TotalSeconds)} s ago. This goes on by itself")
            : null;
    }

    /// <summary>Whether more than half of a pool, this host included, is silent at once: then it is the operator's network, or the pool's. Of two hosts one may be silent.</summary>
    public static bool AreTooManySilent(PoolSignals pool, FailoverBudgets budgets)
    {
        var counted = pool.Others.Where(other => !other.IsDown).ToList();
        var silent = 1 + counted.Count(other => other.Silence >= budgets.PreSuspected);
        return silent > Math.Max(1, (counted.Count + 1) / 2);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
