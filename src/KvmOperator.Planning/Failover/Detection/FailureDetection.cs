using System.Globalization;

namespace KvmOperator.Planning.Failover.Detection;

/// <summary>
/// Tells a host that has failed from one that is slow, one that is cut off, and an operator that is cut off itself. Pure: the same signs give the same verdict.
/// A held stream that is silent convicts nobody, since TCP may take 12 s to deliver what an outage of 6 s delayed: fresh connections must fail, from everywhere.
/// </summary>
public static class FailureDetection
{
    private const int MostEvidence = 8;

    /// <summary>What a host is at this moment.</summary>
    public static DetectionVerdict Judge(HostSignals host, PoolSignals pool, OperatorSignals self, FailoverBudgets budgets)
    {
        var silence = Youngest(host.BeatAge, host.Vantages.Where(vantage => vantage.Kind == VantageKind.Operator));
        if (silence < budgets.PreSuspected && !host.IsHeard && !host.Vantages.Any(vantage => vantage is { Kind: VantageKind.Operator, AnswerAge: not null }))
        {
            return new DetectionVerdict(DetectionState.PreSuspected, HoldReason.None, "it was not heard yet by this operator");
        }

        if (silence < budgets.PreSuspected)
        {
            return host.BeatAge < budgets.PreSuspected
                ? new DetectionVerdict(DetectionState.Healthy, HoldReason.None, "it answers")
                : new DetectionVerdict(DetectionState.Healthy, HoldReason.None, $"it answers new connections; its last beat is {Seconds(host.BeatAge)} old");
        }

        if (host.IsDrainedForMaintenance || host.IsPreparedForTheFirstTime)
        {
            return silence < budgets.Suspected
                ? new DetectionVerdict(DetectionState.PreSuspected, HoldReason.None, $"silent for {Seconds(silence)}")
                : new DetectionVerdict(DetectionState.Held, HoldReason.NothingToLose, host.IsDrainedForMaintenance ? "it is silent, in maintenance, and has no guests" : "it is silent, was never ready, and has no guests");
        }

        if (IsOff(host, budgets))
        {
            return Hold(host, pool, self, budgets, isOff: true)
                ?? new DetectionVerdict(DetectionState.Failed, HoldReason.None, "its management controller says that it is off") { Evidence = Evidence(host, silence), CountsForStorm = false };
        }

        if (silence < budgets.Suspected)
        {
            return new DetectionVerdict(DetectionState.PreSuspected, HoldReason.None, $"silent for {Seconds(silence)}; others are asked");
        }

        if (WhoReaches(host, budgets) is { } witness)
        {
            return new DetectionVerdict(DetectionState.Isolated, HoldReason.None, $"the operator does not reach it, but {witness}: it lives and its guests run, and nothing of it is started elsewhere. Mend the network between the operator and the host")
            {
                Evidence = Evidence(host, silence),
            };
        }

        var everywhere = Youngest(silence, host.Vantages);
        var needed = host.Power is { State: PowerState.On } power && power.Age <= budgets.PowerFresh && budgets.IsolatedPatience > budgets.Failed ? budgets.IsolatedPatience : budgets.Failed;
        if (everywhere < needed || WhoIsStillTrying(host, budgets) is not null)
        {
            return new DetectionVerdict(DetectionState.Suspected, HoldReason.None, $"nobody reaches it for {Seconds(everywhere)}; after {Seconds(needed)} it has failed") { Evidence = Evidence(host, silence) };
        }

        return Hold(host, pool, self, budgets, isOff: false)
            ?? new DetectionVerdict(DetectionState.Failed, HoldReason.None, $"nobody reaches it for {Seconds(everywhere)}") { Evidence = Evidence(host, silence) };
    }

    /// <summary>What forbids to act on a host's silence; null for nothing. What proves most comes first, so that people read of the operator's own network before they read of a limit.</summary>
    private static DetectionVerdict? Hold(HostSignals host, PoolSignals pool, OperatorSignals self, FailoverBudgets budgets, bool isOff)
    {
        var (reason, message) = WhyNotSelf(self, budgets) ?? (isOff ? null : WhyNoProof(host, pool, budgets)) ?? WhyDisarmed(pool) ?? (isOff ? null : StormGuard.Refuse(pool, budgets)) ?? default;
        return reason == HoldReason.None
            ? null
            : new DetectionVerdict(DetectionState.Held, reason, $"it looks dead, and nothing is done: {message}") { Evidence = Evidence(host, host.BeatAge), CountsForStorm = !isOff };
    }

    private static (HoldReason Reason, string Message)? WhyNotSelf(OperatorSignals self, FailoverBudgets budgets)
    {
        if (!self.IsLeader || !self.CanWrite)
        {
            return (HoldReason.ApiReadOnly, "the operator cannot write to the API server, and what is decided must be written first. This goes on by itself");
        }

        return self.Lag > budgets.Lag || self.Watching < budgets.Blind
            ? (HoldReason.Blind, $"the operator watches without a break for {Seconds(self.Watching)} only, and convicts nobody before {Seconds(budgets.Blind)}. This goes on by itself")
            : null;
    }

    private static (HoldReason Reason, string Message)? WhyNoProof(HostSignals host, PoolSignals pool, FailoverBudgets budgets)
    {
        if (StormGuard.AreTooManySilent(pool, budgets))
        {
            return (HoldReason.OwnNetwork, "most of the pool is silent at once. Look at the network between the operator and the pool");
        }

        if (Unheard(pool, budgets) is { } unheard)
        {
            return (HoldReason.OwnNetwork, $"{unheard} is silent, too. Look at the network between the operator and the pool");
        }

        if (!host.Vantages.Any(vantage => vantage.Kind != VantageKind.Operator && vantage.IsWell))
        {
            return (HoldReason.NoVantage, "nobody but the operator could look whether it lives. Confirm that the machine is off, or give the host a management controller (spec.fencing)");
        }

        return host.Leases.FirstOrDefault(lease => !(lease.OtherAge < budgets.LeaseControl)) is { } still
            ? (HoldReason.StorageSilent, $"on {still.Server} no other host renews its lease either, so its own silence there says nothing. Look at that server")
            : null;
    }

    private static (HoldReason Reason, string Message)? WhyDisarmed(PoolSignals pool) => pool.Disarmed is { } disarm
        ? (HoldReason.Disarmed, $"failover is switched off for another {Number((int)Math.Ceiling(disarm.Remaining.TotalMinutes))} minutes ({disarm.Reason})")
        : null;

    /// <summary>A storage server or a host that should answer and did not within the control window.</summary>
    private static string? Unheard(PoolSignals pool, FailoverBudgets budgets) =>
        pool.Servers.FirstOrDefault(server => server.Silence > budgets.ControlWindow)?.Name
        ?? pool.Others.FirstOrDefault(other => !other.IsDown && other.Silence > budgets.ControlWindow && other.Silence < budgets.PreSuspected)?.Name;

    /// <summary>Who had a sign of life of the host within the time in which a dead one gives none.</summary>
    private static string? WhoReaches(HostSignals host, FailoverBudgets budgets)
    {
        foreach (var vantage in host.Vantages)
        {
            if (vantage.Kind != VantageKind.Operator && vantage.AnswerAge < budgets.Suspected)
            {
                return $"{vantage.Shown} had an answer of it {Seconds(vantage.AnswerAge.Value)} ago";
            }
        }

        return host.Leases.FirstOrDefault(lease => lease.Age < budgets.LeaseSilence) is { } fresh ? $"it renewed its lease on {fresh.Server} {Seconds(fresh.Age!.Value)} ago" : null;
    }

    /// <summary>A vantage that is well and has not tried often enough. The operator is one of them, always.</summary>
    private static string? WhoIsStillTrying(HostSignals host, FailoverBudgets budgets) =>
        host.Vantages.FirstOrDefault(vantage => vantage.IsWell && vantage.FailedProbes < budgets.FailedProbes)?.Shown
        ?? (host.Vantages.Any(vantage => vantage.Kind == VantageKind.Operator) ? null : "the operator");

    private static bool IsOff(HostSignals host, FailoverBudgets budgets) =>
        host.Power is { State: PowerState.Off } power && power.Age <= budgets.PowerFresh && host.BeatAge >= budgets.FailedWhenOff;

    private static TimeSpan Youngest(TimeSpan beat, IEnumerable<VantageReport> vantages) => vantages.Aggregate(beat, (age, vantage) => vantage.AnswerAge < age ? vantage.AnswerAge.Value : age);

    private static IReadOnlyList<string> Evidence(HostSignals host, TimeSpan silence) =>
    [
        .. new[] { $"no answer to the operator for {Seconds(silence)}" }
            .Concat(host.Power is { } power ? [$"management controller: {power.State.ToString().ToLowerInvariant()}, {Seconds(power.Age)} ago"] : [])
            .Concat(host.Leases.Select(lease => lease.Age is { } age ? $"lease on {lease.Server}: {Seconds(age)} old" : $"no client of {lease.Server}"))
            .Concat(host.Vantages.Where(vantage => vantage.Kind != VantageKind.Operator).Select(vantage => vantage switch
            {
                { AnswerAge: { } age } => $"{vantage.Shown}: answered {Seconds(age)} ago",
                { IsWell: true } => $"{vantage.Shown}: no answer, {Number(vantage.FailedProbes)} times",
                _ => $"{vantage.Shown}: cannot be asked itself",
            }))
            .Take(MostEvidence),
    ];

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
