using System.Globalization;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Placement;
using KvmOperator.Planning.Relief;

namespace KvmOperator.KvmHosts.Relief;

/// <summary>Says that a host is overloaded, what would help it, and why nothing else would. Pure.</summary>
internal static class ReliefReports
{
    private const double GibiByte = 1L << 30;

    /// <summary>What the host lacks.</summary>
    public static string Reason(HostLoadTrack load) => load.IsHot ? KvmHostReasons.ProcessorsBusy : KvmHostReasons.MemoryShort;

    /// <summary>How it stands, in one sentence.</summary>
    public static string Load(HostLoadTrack load, ReliefBudgets budgets) => load switch
    {
        { IsHot: true, Use: { } use } when use >= budgets.HotUse => $"its processors have been in use by {Percent(use)} for {Minutes(load.HotFor)} (limit {Percent(budgets.HotUse)})",
        { IsHot: true, Use: { } use } => $"tasks have waited for its processors for {Minutes(load.HotFor)}, {Percent(load.Pressure ?? 0)} of the time (limit {Percent(budgets.HotPressure)}), which are in use by {Percent(use)}",
        _ => $"{Percent(load.AvailableMemory)} of its memory are available (limit {Percent(budgets.ShortMemory)}), or tasks wait for memory",
    };

    /// <summary>What would help, and why nothing else would.</summary>
    /// <param name="host">The host.</param>
    /// <param name="load">Its load.</param>
    /// <param name="decision">What was found for its pool.</param>
    /// <param name="name">The name of the move that is proposed; null for none.</param>
    /// <param name="needs">What its guest needs; null for none.</param>
    public static string Advice(string host, HostLoadTrack load, ReliefDecision decision, string? name, PlacementGuest? needs)
    {
        if (!load.IsHot)
        {
            return "Which guest needs its memory least is not known here: move one with a VmMigration, or shut one down";
        }

        if (decision.Hot is { } hotter && hotter != host)
        {
            return $"{hotter} has more to do, and is relieved first";
        }

        var others = decision.Others.Count > 0 ? $" Not: {NameList.Of([.. decision.Others.Select(other => $"{other.Guest} {other.Why}")], "; ")}" : string.Empty;
        return decision.Best is { } best && name is not null && needs is not null
            ? $"Best: {best.Guest} ({Cores(best.Cores)} cores, {(needs.MemoryBytes / GibiByte).ToString("0.##", CultureInfo.InvariantCulture)} GiB, about {best.Cost.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s) to {best.Target}: "
                + $"{best.Source} {Change(best.SourceUse)}, {best.Target} {Change(best.TargetUse)}.{others}{(others.Length > 0 ? "." : string.Empty)} To do it:\n{Command(best, name)}"
            : $"{(decision.Silence is { } silence ? $"Nothing is proposed: {silence}." : "No move is worth it.")}{others}";
    }

    /// <summary>What a person pastes.</summary>
    private static string Command(ReliefMove move, string name)
    {
        var guest = GuestNames.KeyOf(move.Guest);
        return $"kubectl apply -f - <<'END'\n{{apiVersion: {ApiGroup.GroupVersion}, kind: VmMigration, metadata: {{name: {name}, namespace: {guest.Namespace}}}, "
            + $"spec: {{virtualMachineRef: {{name: {guest.Name}}}, targetHostRef: {{name: {move.Target}}}}}}}\nEND";
    }

    private static string Change(UseChange use) => $"{Number(use.Before)}→{Percent(use.After)}";

    private static string Minutes(TimeSpan time) => $"{((int)time.TotalMinutes).ToString(CultureInfo.InvariantCulture)} min";

    private static string Cores(double cores) => cores.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => Number(share) + " %";
}
