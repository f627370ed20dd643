using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts;
using KvmOperator.Planning.Drain;
using KvmOperator.Status;

namespace KvmOperator.KvmHosts.Draining;

/// <summary>Says how a drain stands. Pure.</summary>
internal static class DrainReports
{
    /// <summary>Writes the condition.</summary>
    /// <param name="conditions">Where it is said.</param>
    /// <param name="decision">What is done next.</param>
    /// <param name="refusal">Why it is not done; null when it is.</param>
    /// <param name="off">Guests that are off and stay, by name.</param>
    public static void Tell(ConditionList conditions, DrainDecision decision, string? refusal, IReadOnlyCollection<string> off)
    {
        if (decision.IsDone)
        {
            conditions.True(
                KvmHostConditions.Drained,
                CommonReasons.AsExpected,
                $"no guest runs there, and none is placed there{(off.Count > 0 ? $"; off, and staying there: {NameList.Of(off)}" : string.Empty)}");
            return;
        }

        var isBlocked = refusal is not null || decision.Hindered.Any();
        var count = decision.Left.Count == 1 ? "1 guest is left" : $"{decision.Left.Count} guests are left";
        conditions.False(
            KvmHostConditions.Drained,
            isBlocked ? KvmHostReasons.DrainBlocked : KvmHostReasons.Draining,
            $"{count}. {(refusal is null ? string.Empty : $"Nothing is done: {refusal}. ")}{List(decision.Left)}.");
    }

    /// <summary>The guests that do not leave by themselves; null for none.</summary>
    public static string? Hindrance(DrainDecision decision) => decision.Hindered.ToList() is { Count: > 0 } hindered ? List(hindered) : null;

    private static string List(IReadOnlyCollection<GuestLeft> guests) => NameList.Of([.. guests.Select(guest => $"{guest.Guest}: {guest.Why.TrimEnd('.')}")], "; ");
}
