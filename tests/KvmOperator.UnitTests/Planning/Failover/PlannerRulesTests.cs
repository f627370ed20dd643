using CsCheck;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Detection;
using KvmOperator.Planning.Failover.Fencing;
using KvmOperator.Planning.Failover.Recovery;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>Rules that hold at each arrow of the state machine, whatever stands in the record and whatever is seen: views are drawn at random, sensible or not.</summary>
public sealed class PlannerRulesTests
{
    private const string Id = "20261130-120000";

    private static readonly Gen<ServerView> Server = Gen.Select(
        Gen.Int[1, 2], Gen.Bool, Gen.Int[0, 2], Gen.Int[-1, 12], Gen.Bool, Gen.Int[0, 2],
        (name, isManaged, boot, age, isBroken, marked) => new ServerView($"storage{name}", isManaged ? null : "it is somebody else's")
        {
            Boot = boot == 0 ? null : $"boot{boot}", ReadAge = age < 0 ? null : TimeSpan.FromSeconds(age), IsBroken = isBroken && age % 3 == 0, IsMarked = marked == 2 ? null : marked == 1,
            NewProof = boot > 0 && age % 2 == 0 ? new StorageProof($"storage{name}", age % 4 == 0 ? Id : "another", $"boot{boot}", [], "1", 1) : null,
        });

    private static readonly Gen<FailoverGuest> Guest = Gen.Select(
        Gen.Int[1, 4], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 4], Gen.Int[0, 2], Gen.Bool, Gen.Bool,
        (name, servers, recovery, presence, priority, isRefused, isUnasked) => new FailoverGuest($"guest{name}", recovery == 0 ? "node1" : "node2", servers switch { 0 => ["storage1"], 1 => ["storage2"], 2 => ["storage1", "storage2"], _ => [] })
        {
            Recovery = recovery == 0 ? null : new GuestRecovery(recovery == 3 && name < 3 ? "another" : Id, recovery == 3 && name >= 3 ? "node3" : "node1", "node2", recovery == 1 ? RecoveryState.Starting : RecoveryState.Started),
            Priority = priority, Place = presence == 4 ? null : "node2", NoPlace = "node2: no room", Refusal = isRefused && priority == 0 ? "it is to be off" : null,
            Domains = presence switch { 0 => new Dictionary<string, DomainPresence> { ["node2"] = DomainPresence.Defined }, 1 => new() { ["node2"] = DomainPresence.Running }, 2 => new() { ["node3"] = DomainPresence.Arriving }, _ => new() },
            UnaskedHosts = isUnasked && presence == 3 ? ["node3"] : [],
        });

    private static readonly Gen<FailoverView> View = Gen.Select(
        Gen.Int[0, (int)DetectionState.Failed].Select(number => (DetectionState)number), Gen.Int[0, (int)FailoverState.Quarantined].Select(number => (FailoverState)number), Gen.Int[0, 7], Gen.Int[0, 3], Server.Array[0, 2], Guest.Array[0, 4], Gen.Int[0, 63], Gen.Int[0, 200],
        (detected, state, proofs, boot, servers, guests, flags, wellFor) => new FailoverView(
            "node1", DateTimeOffset.UnixEpoch, 7, new DetectionVerdict(detected, detected == DetectionState.Held ? HoldReason.OwnNetwork : HoldReason.None, "it is so"), FailoverBudgets.Default)
        {
            Record = new FailoverRecord(Id, state, DateTimeOffset.UnixEpoch, 1)
            {
                Proofs = [.. Enumerable.Range(1, 2).Where(number => (proofs & number) != 0).Select(number => new StorageProof($"storage{number}", (proofs & 4) == 0 ? Id : "another", "boot1", [], "1", 1))],
                IsPoweredOff = (flags & 1) != 0, IsConfirmedOff = (flags & 3) == 3, CleanedBoot = boot == 0 ? null : $"host{boot}",
            },
            IsAnswering = boot > 0, Boot = boot > 0 ? $"host{1 + (boot % 2)}" : null, NewlyCleaned = (flags & 4) != 0 ? new CleanedHost((flags & 8) != 0 ? Id : "another", "host1") : null,
            Domains = boot == 0 ? null : (flags & 8) != 0 ? [] : ["guest1"], HasController = (flags & 16) != 0, IsOff = (flags & 16) != 0 && boot == 0 && (flags & 1) != 0, IsReady = (flags & 32) != 0, WellFor = TimeSpan.FromSeconds(wellFor),
            Servers = [.. servers.DistinctBy(server => server.Name)], Guests = [.. guests.DistinctBy(guest => guest.Name)], Remedy = "Confirm it.",
        });

    [Fact]
    public void A_guest_is_started_only_on_a_proof_that_is_fresh_and_after_its_place_was_written() => View.Sample(
        view => view.Guests.All(guest => GuestRecoveryPlanner.Next(guest, view).Effects.OfType<FailoverEffect.Start>().All(start =>
            guest.Recovery is { State: RecoveryState.Starting, FailoverId: Id, From: "node1" } recovery
            && recovery.Target == start.On
            && Exclusions.Of(guest.Servers, guest.RequiresPowerOff, view.Exclusion).AllowsStart
            && guest.UnaskedHosts.Count == 0
            && guest.Domains.Values.All(presence => presence == DomainPresence.Defined))),
        iter: 20_000);

    [Fact]
    public void A_host_is_let_in_only_when_its_present_boot_is_clean_and_none_of_its_guests_is_being_started() => View.Sample(
        view => !HostFailoverPlanner.Next(view).Effects.OfType<FailoverEffect.UnfenceStorage>().Any()
            || (view is { IsAnswering: true, Boot: not null, Record: { State: FailoverState.Returning } record }
                && record.CleanedBoot == view.Boot
                && !view.Guests.Any(guest => guest.Recovery is { State: RecoveryState.Starting, FailoverId: Id, From: "node1" })),
        iter: 20_000);

    [Fact]
    public void Once_it_is_being_shut_out_it_is_healthy_only_by_returning_or_when_nothing_of_it_can_be_left() => View.Sample(
        view => !HostFailoverPlanner.Next(view).Effects.OfType<FailoverEffect.RecordHost>().Any(write => write.Record is null)
            || view.Record!.State is FailoverState.Suspected or FailoverState.Isolated or FailoverState.Held or FailoverState.Quarantined
            || (view.Record.State == FailoverState.Returning && view.Servers.All(server => server.Refusal is not null || server.IsMarked == false))
            || (view.IsAnswering && view.Servers.All(server => server.Refusal is not null) && !view.Guests.Any(guest => view.Owns(guest.Recovery))),
        iter: 20_000);

    [Fact]
    public void Nothing_is_done_to_a_host_before_it_is_written_that_it_is_being_shut_out() => View.Sample(
        view => view.Record!.State is not (FailoverState.Suspected or FailoverState.Isolated or FailoverState.Held or FailoverState.Quarantined)
            || (HostFailoverPlanner.Next(view).Effects.All(effect => effect is FailoverEffect.RecordHost) && view.Guests.All(guest => GuestRecoveryPlanner.Next(guest, view).Effects.Count == 0)),
        iter: 20_000);

    [Fact]
    public void Every_effect_names_its_failure_and_its_leader_and_none_is_sent_twice() => View.Sample(
        view =>
        {
            var effects = HostFailoverPlanner.Next(view).Effects.Concat(view.Guests.SelectMany(guest => GuestRecoveryPlanner.Next(guest, view).Effects)).ToList();
            var busy = view with { Busy = effects.Select(effect => effect.Key).ToHashSet(StringComparer.Ordinal) };
            return effects.All(effect => effect.Epoch == 7 && effect.FailoverId.Length > 0)
                && HostFailoverPlanner.Next(view).Effects.DistinctBy(effect => effect.Key).Count() == HostFailoverPlanner.Next(view).Effects.Count
                && HostFailoverPlanner.Next(busy).Effects.Count == 0
                && view.Guests.All(guest => GuestRecoveryPlanner.Next(guest, busy).Effects.All(effect => !busy.Busy.Contains(effect.Key)));
        },
        iter: 20_000);

    [Fact]
    public void The_condition_Fenced_is_no_more_than_was_proven() => View.Sample(
        view => !HostFailoverPlanner.IsShutOut(view)
            || view.Exclusion.IsCleaned
            || view.Exclusion.IsOff
            || view.Servers.All(server => server.Refusal is null && view.Record!.Proofs.Any(proof => proof.Server == server.Name && proof.FailoverId == Id && (server.Boot is null || server.Boot == proof.Boot))),
        iter: 20_000);
}
