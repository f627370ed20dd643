using System.Globalization;
using KvmOperator.Planning.Failover.Admission;
using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Relief;

/// <summary>
/// Finds the one move that relieves the hottest host of a pool best. Pure. It does not even out: a pool without a hot host is left as it is. A move must bring something, its target must stay cool, and what the pool could
/// survive before it must be able to survive afterwards.
/// </summary>
public static class ReliefPlanner
{
    private const double MebiByte = 1L << 20;

    /// <summary>What is to be done.</summary>
    public static ReliefDecision Decide(ReliefView view, ReliefBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(budgets);
        var hot = view.Hosts.Where(host => host is { IsHot: true, Use: not null }).OrderByDescending(host => host.Use).ThenBy(host => host.Name, StringComparer.Ordinal).FirstOrDefault();
        if (hot is null)
        {
            return new ReliefDecision(null, null, Silence(view, budgets), []);
        }

        var options = new List<ReliefMove>();
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var guest in hot.Guests)
        {
            if (Refuse(guest, hot, view, budgets) is { } why)
            {
                others[guest.Name] = why;
                continue;
            }

            var (best, reasons) = Best(guest, hot, view, budgets);
            if (best is null)
            {
                others[guest.Name] = reasons;
            }
            else
            {
                options.Add(best);
            }
        }

        var silence = Silence(view, budgets);
        var chosen = silence is null ? InOrder(options, view).FirstOrDefault() : null;
        foreach (var option in options.Where(option => option != chosen))
        {
            others[option.Guest] = silence is not null ? $"nothing is done at present: {silence}" : $"to {option.Target} it brings less for what it costs";
        }

        return new ReliefDecision(hot.Name, chosen, silence, [.. others.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new NotChosen(pair.Key, pair.Value))]);
    }

    /// <summary>Why nothing is done in the pool at present; null when something may be.</summary>
    public static string? Silence(ReliefView view, ReliefBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(budgets);
        return view.Busy is { } busy ? busy
            : view.PausedUntil is { } until && until > view.Now ? $"moves brought less than half of what was promised; the pool is left alone until {Time(until)}"
            : view.LastMove is { } ended && view.Now - ended < budgets.Settle ? $"the effects of the last move are waited for until {Time(ended + budgets.Settle)}"
            : view.Watched < budgets.Blind ? "the operator has not watched for long enough yet"
            : view.Hosts.Count(host => host.Place.Unavailable is null) < 2 ? "the pool has no second host that is Ready"
            : null;
    }

    /// <summary>Why a guest is no candidate; null when it is one.</summary>
    private static string? Refuse(ReliefGuest guest, ReliefHost hot, ReliefView view, ReliefBudgets budgets)
    {
        if (guest.Obstacle is { } obstacle)
        {
            return obstacle;
        }

        if (guest.Cores is not { } cores)
        {
            return "what it uses is not known: it has not run there for long enough, or is not measured";
        }

        if (guest.LastMove is { } last && last + budgets.CoolDownAfter(guest.Moves) is var until && until > view.Now)
        {
            return $"it was moved {Count(guest.Moves)} within a day, and stays until {Time(until)}";
        }

        var used = hot.Use!.Value * hot.Processors;
        return cores > budgets.HogShare * used
            ? $"it uses {Cores(cores)} of the {Cores(used)} cores that are in use there: a move would move the overload"
            : null;
    }

    /// <summary>The best move of a guest, or why there is none.</summary>
    private static (ReliefMove? Move, string Reasons) Best(ReliefGuest guest, ReliefHost hot, ReliefView view, ReliefBudgets budgets)
    {
        var found = new List<ReliefMove>();
        var reasons = new List<string>();
        foreach (var target in view.Hosts.Where(host => host.Name != hot.Name).OrderBy(host => host.Name, StringComparer.Ordinal))
        {
            var (move, why) = Judge(guest, hot, target, view, budgets);
            if (move is not null)
            {
                found.Add(move);
            }
            else
            {
                reasons.Add($"{target.Name}: {why}");
            }
        }

        return (InOrder(found, view).FirstOrDefault(), reasons.Count > 0 ? string.Join("; ", reasons) : "there is no other host");
    }

    private static (ReliefMove? Move, string? Why) Judge(ReliefGuest guest, ReliefHost hot, ReliefHost target, ReliefView view, ReliefBudgets budgets)
    {
        if (target.Place.Pool != guest.Needs.Pool)
        {
            return (null, "it is of another pool");
        }

        if (PlacementPlanner.Refuse(guest.Needs, target.Place) is { } refusal)
        {
            return (null, refusal);
        }

        if (target.IsHot || target.IsShortOfMemory)
        {
            return (null, "it has too much to do itself");
        }

        if (target.Use is not { } targetUse || target.Processors <= 0)
        {
            return (null, "its load is not known yet");
        }

        var cores = guest.Cores!.Value;
        var source = new UseChange(hot.Use!.Value, hot.Use.Value - (cores / hot.Processors));
        var there = new UseChange(targetUse, targetUse + (cores / target.Processors));
        if (there.After > budgets.TargetUse)
        {
            return (null, $"it would be at {Percent(there.After)}, and may be at {Percent(budgets.TargetUse)}");
        }

        var taken = target.Place.With(guest.Needs);
        if (taken.AllocatedMemoryBytes > budgets.TargetMemory * taken.AllocatableMemoryBytes)
        {
            return (null, $"more than {Percent(budgets.TargetMemory)} of its memory would be given away");
        }

        var gain = Overload(source.Before, hot, budgets) + Overload(there.Before, target, budgets) - Overload(source.After, hot, budgets) - Overload(there.After, target, budgets);
        if (gain < budgets.LeastGain)
        {
            return (null, $"it would bring {Cores(Math.Max(0, gain))} cores, and {Cores(budgets.LeastGain)} are worth a move");
        }

        var fall = Math.Max(source.Before, there.Before) - Math.Max(source.After, there.After);
        if (fall < budgets.LeastFall)
        {
            return (null, $"the more loaded one of both would have {Percent(Math.Max(0, fall))} less to do, and {Percent(budgets.LeastFall)} are worth a move");
        }

        if (Homeless(view.Hosts, guest, hot, target) > Homeless(view.Hosts, null, hot, target))
        {
            return (null, "with it there, the pool could not take all guests of a host that fails any more");
        }

        var cost = TimeSpan.FromSeconds(guest.Needs.MemoryBytes / MebiByte / view.MebibytesPerSecond) + budgets.FixedCost;
        return (new ReliefMove(guest.Name, hot.Name, target.Name, cores, gain, cost, source, there), null);
    }

    private static double Overload(double use, ReliefHost host, ReliefBudgets budgets) => Math.Max(0, use - budgets.Overload) * host.Processors;

    /// <summary>How many guests would find no place, over all hosts that could fail, with a guest moved or none.</summary>
    private static int Homeless(IReadOnlyList<ReliefHost> hosts, ReliefGuest? moved, ReliefHost source, ReliefHost target)
    {
        var places = hosts.ToDictionary(
            host => host.Name, host => moved is null ? host.Place : host.Name == source.Name ? host.Place.Without(moved.Needs) : host.Name == target.Name ? host.Place.With(moved.Needs) : host.Place, StringComparer.Ordinal);
        return hosts.Sum(failed => FailoverAdmission.Judge(
            GuestsOf(failed).Select(guest => new FailoverGuestNeed(guest.Name, guest.Priority, guest.Needs)), places.Values.Where(place => place.Name != failed.Name)).Homeless.Count);

        IEnumerable<ReliefGuest> GuestsOf(ReliefHost host) =>
            moved is null ? host.Guests : host.Name == source.Name ? host.Guests.Where(guest => guest.Name != moved.Name) : host.Name == target.Name ? host.Guests.Append(moved) : host.Guests;
    }

    private static IEnumerable<ReliefMove> InOrder(IEnumerable<ReliefMove> moves, ReliefView view)
    {
        var memory = view.Hosts.SelectMany(host => host.Guests).GroupBy(guest => guest.Name, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.First().Needs.MemoryBytes, StringComparer.Ordinal);
        return moves.OrderByDescending(move => move.Worth).ThenBy(move => memory[move.Guest]).ThenBy(move => move.Guest, StringComparer.Ordinal).ThenBy(move => move.Target, StringComparer.Ordinal);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Count(int moves) => moves == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{moves} times");

    private static string Cores(double cores) => cores.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";
}
