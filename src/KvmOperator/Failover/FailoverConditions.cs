using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Planning.Failover.Admission;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Status;

namespace KvmOperator.Failover;

/// <summary>Says in conditions what would follow from a host's failure, and what followed. Pure.</summary>
internal static class FailoverConditions
{
    /// <summary>So that the end of an hour is told as that, whenever it is computed.</summary>
    private static readonly TimeSpan HalfASecond = TimeSpan.FromMilliseconds(500);

    private static readonly string[] Types = [KvmHostConditions.FencingReady, KvmHostConditions.FailoverAdmitted, KvmHostConditions.Disarmed, KvmHostConditions.Fenced];

    /// <summary>The host's conditions with these four as they are now.</summary>
    /// <param name="host">The host.</param>
    /// <param name="fencing">What could shut it out, and what could not; null while that is not known.</param>
    /// <param name="admission">Whether the rest could take its guests; null while that is not known.</param>
    /// <param name="isArmed">Whether failover is armed for its pool.</param>
    /// <param name="disarmed">Set while a person switched it off.</param>
    /// <param name="isShutOut">Whether it is proven that it cannot write.</param>
    /// <param name="clock">For the time of a transition.</param>
    public static IReadOnlyList<V1Condition> Of(
        KvmHost host, (IReadOnlyList<string> Servers, IReadOnlyList<string> Refusals)? fencing, AdmissionVerdict? admission, bool isArmed, Disarm? disarmed, bool isShutOut, TimeProvider clock)
    {
        var conditions = new ConditionList(host.Status?.Conditions ?? [], Types, host.Metadata.Generation, clock);
        TellFencing(conditions, fencing);
        switch (admission)
        {
            case null:
                conditions.Unknown(KvmHostConditions.FailoverAdmitted, CommonReasons.NotYetKnown, "not looked at yet");
                break;
            case { IsAdmitted: true }:
                conditions.True(KvmHostConditions.FailoverAdmitted, CommonReasons.AsExpected, admission.Explain());
                break;
            default:
                conditions.False(KvmHostConditions.FailoverAdmitted, KvmHostReasons.NoRoom, $"{admission.Explain()}. Make room, or add a host.");
                break;
        }

        if (!isArmed)
        {
            conditions.True(KvmHostConditions.Disarmed, KvmHostReasons.NotArmed, "failover is not armed for its pool: a failure is told, and nothing follows from it. See docs/high-availability.md before you arm it.");
        }
        else if (disarmed is not null)
        {
            conditions.True(KvmHostConditions.Disarmed, KvmHostReasons.SwitchedOff, $"nothing new is shut out until {clock.GetUtcNow() + disarmed.Remaining + HalfASecond:yyyy-MM-dd HH:mm} UTC: {disarmed.Reason}. A failover that goes on is brought to its end.");
        }
        else
        {
            conditions.False(KvmHostConditions.Disarmed, KvmHostReasons.Armed, "failover is armed for its pool");
        }

        if (isShutOut)
        {
            conditions.True(KvmHostConditions.Fenced, KvmHostReasons.ShutOut, "it was shut out of its storage, which showed it; it is let in when it answers again and was cleaned");
        }
        else
        {
            conditions.False(KvmHostConditions.Fenced, CommonReasons.AsExpected, "it is not fenced");
        }

        return conditions.ToList();
    }

    /// <summary>Whether some of the four say something else in one list than in another.</summary>
    public static bool Differ(IReadOnlyList<V1Condition> before, IReadOnlyList<V1Condition> now) =>
        Types.Any(type => (before.FirstOrDefault(condition => condition.Type == type), now.FirstOrDefault(condition => condition.Type == type)) is var (old, said)
            && (old?.Status, old?.Reason, old?.Message) != (said?.Status, said?.Reason, said?.Message));

    private static void TellFencing(ConditionList conditions, (IReadOnlyList<string> Servers, IReadOnlyList<string> Refusals)? fencing)
    {
        if (fencing is not var (servers, refusals))
        {
            conditions.Unknown(KvmHostConditions.FencingReady, CommonReasons.NotYetKnown, "the servers of its stores have not said yet what they could do");
        }
        else if (refusals.Count > 0)
        {
            conditions.False(KvmHostConditions.FencingReady, KvmHostReasons.NoFencing, $"{string.Join("; ", refusals).TrimEnd('.')}. Until then its guests with disks there wait for it, or for a person's word that it is off.");
        }
        else if (servers.Count == 0)
        {
            conditions.False(KvmHostConditions.FencingReady, KvmHostReasons.NoFencing, "its pool has no store that could shut it out: its guests wait for it, or for a person's word that it is off.");
        }
        else
        {
            conditions.True(KvmHostConditions.FencingReady, CommonReasons.AsExpected, $"it could be shut out by {string.Join(", ", servers)}");
        }
    }
}
