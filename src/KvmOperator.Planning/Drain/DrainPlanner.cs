using System.Globalization;
using KvmOperator.Planning.Placement;

namespace KvmOperator.Planning.Drain;

/// <summary>
/// Decides which guests of a host that is being drained are moved next, and where to. Pure. All that want to go get their targets together, so that none takes the only place of another one; they go by size, as many at
/// once as may. What failed is tried again, later each time and elsewhere if that is possible; whoever cannot go stays as it is, and is told first.
/// </summary>
public static class DrainPlanner
{
    /// <summary>How long after a failure the next try comes, the first time.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);

    /// <summary>It doubles so many times: up to 16 minutes.</summary>
    private const int MostDoublings = 4;

    /// <summary>What is done next.</summary>
    /// <param name="view">What is known.</param>
    public static DrainDecision Next(DrainView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var others = view.Others.ToDictionary(host => host.Name, StringComparer.Ordinal);
        var takenBack = view.Guests.Where(guest => IsTakenBack(guest, others)).Select(guest => guest.Name).ToHashSet(StringComparer.Ordinal);
        var leaving = view.Guests.Where(guest => guest is { Obstacle: null, Pause: null, Move: null }).Select(guest => Candidate.Of(guest, view)).ToList();
        var places = GroupPlacement.Find(leaving.Select(candidate => candidate.Group), view.Others);
        var free = view.MostAtOnce - view.Guests.Count(guest => guest.Move is { IsOwn: true } or { HasBegun: true });
        List<DrainStep> begin =
        [
            .. BySize(leaving.Where(candidate => candidate.Due <= view.Now && places.ContainsKey(candidate.Guest.Name)), candidate => candidate.Guest)
                .Take(Math.Max(0, free))
                .Select(candidate => new DrainStep(candidate.Guest.Name, places[candidate.Guest.Name])),
        ];

        var left = view.Guests.Select(guest => (Guest: guest, Left: leaving.Find(candidate => candidate.Guest.Name == guest.Name) is { } candidate
            ? Tell(candidate, places, begin, view)
            : Tell(guest, takenBack)));
        return new DrainDecision(begin, [.. takenBack.Order(StringComparer.Ordinal)], [.. BySize(left, pair => pair.Guest).OrderBy(pair => pair.Left.Standing).Select(pair => pair.Left)]);
    }

    /// <summary>A move that has not begun goes when its guest may not go any more, or its target takes nobody any more. That it fits is checked again when it begins.</summary>
    private static bool IsTakenBack(DrainGuest guest, Dictionary<string, PlacementHost> others) =>
        guest.Move is { IsOwn: true, HasBegun: false } move
        && (guest.Obstacle is not null || (move.Target is { } target && others.GetValueOrDefault(target) is not { Unavailable: null }));

    /// <summary>What is told of a guest that is not asked to go now.</summary>
    private static GuestLeft Tell(DrainGuest guest, HashSet<string> takenBack) => guest switch
    {
        // It leaves, whatever is said of it meanwhile: a guest that is sent is seen on both hosts.
        { Move: { HasBegun: true } move } => new GuestLeft(guest.Name, DrainStanding.Moving, $"VmMigration {move.Name} moves it{To(move.Target)}"),
        { Obstacle: { } obstacle } => new GuestLeft(guest.Name, DrainStanding.Blocked, obstacle),
        _ when takenBack.Contains(guest.Name) => new GuestLeft(guest.Name, DrainStanding.Waiting, $"{guest.Move!.Target} takes no guests any more; another place is looked for"),
        { Move: { } move } => new GuestLeft(guest.Name, DrainStanding.Waiting, $"VmMigration {move.Name}{To(move.Target)} waits{(move.Waits is { } what ? $": {what}" : " for its turn")}"),
        _ => new GuestLeft(guest.Name, DrainStanding.Waiting, guest.Pause!),
    };

    private static GuestLeft Tell(Candidate candidate, IReadOnlyDictionary<string, string> places, List<DrainStep> begin, DrainView view)
    {
        var name = candidate.Guest.Name;
        if (begin.Find(step => step.Guest == name) is { } step)
        {
            return new GuestLeft(name, DrainStanding.Moving, $"it is moved to {step.Target}");
        }

        if (!places.TryGetValue(name, out var target))
        {
            return new GuestLeft(name, DrainStanding.WithoutPlace, $"no host can take it: {Refusals(candidate.Guest, places, view)}. Make room, or add a host");
        }

        return candidate.Due > view.Now
            ? new GuestLeft(
                name,
                DrainStanding.Failing,
                $"{candidate.Guest.Failures[0].Why.TrimEnd('.')}. It is tried again at {candidate.Due.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} UTC; a VmMigration of yours may do what this one may not (spec.autoConverge, spec.postCopy, spec.allowUnsafe)")
            : new GuestLeft(name, DrainStanding.Waiting, $"it goes to {target} when another one has left");
    }

    /// <summary>Why each host refuses a guest, with what the others of the drain take there.</summary>
    private static string Refusals(DrainGuest guest, IReadOnlyDictionary<string, string> places, DrainView view)
    {
        var hosts = view.Others.ToDictionary(host => host.Name, StringComparer.Ordinal);
        foreach (var other in view.Guests.Where(other => places.ContainsKey(other.Name)))
        {
            hosts[places[other.Name]] = hosts[places[other.Name]].With(other.Needs);
        }

        var verdict = PlacementPlanner.Choose(guest.Needs, hosts.Values);
        return verdict.Refusals.Count > 0 ? verdict.Explain() : $"the pool {guest.Needs.Pool} has no other host";
    }

    private static string To(string? target) => target is null ? string.Empty : $" to {target}";

    private static IEnumerable<T> BySize<T>(IEnumerable<T> items, Func<T, DrainGuest> guest) =>
        items.OrderByDescending(item => guest(item).Needs.MemoryBytes).ThenBy(item => guest(item).Name, StringComparer.Ordinal);

    /// <summary>A guest that may go.</summary>
    /// <param name="Guest">The guest.</param>
    /// <param name="Group">What it needs, and where it does not try again.</param>
    /// <param name="Due">Not before this time.</param>
    private sealed record Candidate(DrainGuest Guest, GroupGuest Group, DateTimeOffset Due)
    {
        /// <summary>Where it failed it is tried again only when no other host could have it. A refusal says nothing of the others, so that they are tried at once.</summary>
        public static Candidate Of(DrainGuest guest, DrainView view)
        {
            var anywhere = new GroupGuest(guest.Name, guest.Needs);
            if (guest.Failures.Count == 0)
            {
                return new Candidate(guest, anywhere, DateTimeOffset.MinValue);
            }

            var elsewhere = anywhere with { Avoided = guest.Failures.Select(failure => failure.Target).OfType<string>().ToHashSet(StringComparer.Ordinal) };
            var hasOther = view.Others.Any(host => GroupPlacement.Takes(host, elsewhere));
            var due = guest.Failures[0].Ended + (FirstPause * Math.Pow(2, Math.Min(guest.Failures.Count - 1, MostDoublings)));
            return new Candidate(guest, hasOther ? elsewhere : anywhere, hasOther && guest.Failures.All(failure => failure.IsRefused) ? DateTimeOffset.MinValue : due);
        }
    }
}
