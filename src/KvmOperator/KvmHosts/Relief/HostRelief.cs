using System.Collections.Concurrent;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Placement;
using KvmOperator.Planning.Placement;
using KvmOperator.Planning.Relief;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Settings;

namespace KvmOperator.KvmHosts.Relief;

/// <summary>
/// Says of each host whether it has too much to do for a while, and which move would relieve it best, as what a person can paste. Nothing is moved. What is best is decided by <see cref="ReliefPlanner"/>.
/// </summary>
internal sealed class HostRelief(LoadTracks tracks, ReliefReading reading, IEntityStore<VirtualMachine> machines, IEntityStore<VmMigration> moves, LiveSettings settings, IEventRecorder events, TimeProvider clock)
{
    /// <summary>Figures move at each look, and are not worth a write each time. What is proposed is told at once.</summary>
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Told> told = new(StringComparer.Ordinal);

    /// <summary>Takes a look in, and writes the condition.</summary>
    public void Tell(HostPass pass, HostObservation seen)
    {
        var budgets = settings.ReliefNumbers(pass.Host.Spec.Pool);
        var load = seen.LibvirtAnswers ? tracks.Take(pass.Name, seen, budgets) : tracks.Of(pass.Name);
        if (settings.Relief(pass.Host.Spec.Pool) == ReliefMode.Off)
        {
            told.TryRemove(pass.Name, out _);
            pass.Conditions.Unknown(KvmHostConditions.Overloaded, CommonReasons.Unmanaged, "the settings of the operator say that nothing is looked for (relief: Off)");
            return;
        }

        if (load is { IsHot: false, IsShortOfMemory: false })
        {
            told.TryRemove(pass.Name, out _);
            pass.Conditions.False(KvmHostConditions.Overloaded, CommonReasons.AsExpected, "it has not had too much to do");
            return;
        }

        var decision = ReliefPlanner.Decide(reading.View(pass.Host.Spec.Pool), budgets);
        var news = new Told($"{ReliefReports.Reason(load)} {decision.Hot} {decision.Best?.Guest} {decision.Best?.Target} {decision.Silence is null}", string.Empty, clock.GetTimestamp());
        var before = told.GetValueOrDefault(pass.Name);
        if (before is null || before.Subject != news.Subject || clock.GetElapsedTime(before.Time) >= TellAgain)
        {
            before = told[pass.Name] = news with { Message = Message(pass.Name, load, decision, budgets) };
        }

        var isNew = pass.Before(KvmHostConditions.Overloaded) is not { Status: "True" };
        pass.Conditions.True(KvmHostConditions.Overloaded, ReliefReports.Reason(load), before.Message);
        if (isNew)
        {
            events.Publish(pass.Host, ReliefReports.Reason(load), $"{KvmHostConditions.Overloaded}: {ReliefReports.Load(load, budgets)}", EventType.Warning);
        }
    }

    /// <summary>The host is gone.</summary>
    public void Forget(string host)
    {
        tracks.Forget(host);
        told.TryRemove(host, out _);
    }

    private string Message(string host, HostLoadTrack load, ReliefDecision decision, ReliefBudgets budgets)
    {
        var (name, needs) = decision.Best is { } best && machines.Get(GuestNames.KeyOf(best.Guest)) is { } guest ? Proposal(best, guest) : (null, null);
        return $"{ReliefReports.Load(load, budgets)}. {ReliefReports.Advice(host, load, decision, name, needs)}";
    }

    private (string? Name, PlacementGuest? Needs) Proposal(ReliefMove best, VirtualMachine guest) =>
        (MoveNames.Next("relieve", best.Source, guest, [.. moves.OverOf(best.Guest)]), GuestPlaces.Guest(guest));

    /// <summary>What was told last of a host.</summary>
    /// <param name="Subject">What it was about, without the figures.</param>
    /// <param name="Message">The words.</param>
    /// <param name="Time">When.</param>
    private sealed record Told(string Subject, string Message, long Time);
}
