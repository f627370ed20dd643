using KvmOperator.Planning.Relief;

namespace KvmOperator.UnitTests.Planning.Relief;

/// <summary>A pool on a simulated clock: guests want cores, hosts are looked at every ten seconds, and what the planner chooses is carried out.</summary>
internal sealed class LoadedPool
{
    private const double NanosecondsASecond = 1e9;
    private const int TicksASecond = 100;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Machine> machines;
    private readonly List<Guest> guests = [];
    private TimeSpan now;
    private DateTimeOffset? lastMove;

    public LoadedPool(params int[] processors) => machines = processors
        .Select((count, number) => new Machine($"node{number + 1}", count))
        .ToDictionary(machine => machine.Name, StringComparer.Ordinal);

    /// <summary>The moves that were made, each with its time.</summary>
    public List<(TimeSpan At, ReliefMove Move)> Moves { get; } = [];

    /// <summary>Whether the counters of guests stand still, as those of a metric that is stuck.</summary>
    public bool IsStuck { get; set; }

    /// <summary>What was said last of the guests that were not chosen.</summary>
    public IReadOnlyList<NotChosen> Others { get; private set; } = [];

    /// <summary>A guest on a host, which wants cores as a function of the time and of the name of its host.</summary>
    public void Add(string name, string host, Func<TimeSpan, string, double> wants, bool isPinned = false) => guests.Add(new Guest($"default/{name}", host, wants, isPinned));

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan time)
    {
        for (var end = now + time; now < end;)
        {
            now += Look;
            foreach (var machine in machines.Values)
            {
                Work(machine);
                machine.Track = machine.Track.Take(Sample(machine), ReliefBudgets.Default);
            }

            Relieve();
        }
    }

    private void Work(Machine machine)
    {
        var there = guests.Where(guest => guest.Host == machine.Name).ToList();
        var wanted = there.Sum(guest => guest.Wants(now, machine.Name));
        var share = wanted > machine.Processors ? machine.Processors / wanted : 1;
        foreach (var guest in there)
        {
            guest.Nanoseconds += IsStuck ? 0 : (long)(guest.Wants(now, machine.Name) * share * Look.TotalSeconds * NanosecondsASecond);
        }

        machine.Busy += (long)(Math.Min(wanted, machine.Processors) * Look.TotalSeconds * TicksASecond);
        machine.Total += (long)(machine.Processors * Look.TotalSeconds * TicksASecond);
    }

    private HostSample Sample(Machine machine) => new(
        now, "boot", machine.Processors, machine.Busy, machine.Total, [.. guests.Where(guest => guest.Host == machine.Name).Select(guest => new GuestSample(guest.Name, guest.Nanoseconds))]);

    private void Relieve()
    {
        var hosts = machines.Values.Select(machine =>
        {
            var there = guests.Where(guest => guest.Host == machine.Name).ToList();
            var place = there.Aggregate(GivenPlaces.Host(machine.Name, 100, 256), (place, guest) => place.With(GivenPlaces.Needs(1)));
            return new ReliefHost(place, machine.Processors, [.. there.Select(guest => Seen(guest, machine))]) { Use = machine.Track.Use, IsHot = machine.Track.IsHot };
        });
        var decision = ReliefPlanner.Decide(new ReliefView([.. hosts], Time(now), now, 500) { LastMove = lastMove }, ReliefBudgets.Default);
        Others = decision.Others;
        if (decision.Best is not { } move)
        {
            return;
        }

        var moved = guests.Single(guest => guest.Name == move.Guest);
        moved.Host = move.Target;
        moved.Nanoseconds = 0;
        moved.MovedAt.Add(now);
        lastMove = Time(now);
        Moves.Add((now, move));
    }

    private ReliefGuest Seen(Guest guest, Machine machine)
    {
        var lately = guest.MovedAt.Where(at => now - at < TimeSpan.FromDays(1)).ToList();
        return new ReliefGuest(guest.Name, GivenPlaces.Needs(1))
        {
            Obstacle = guest.IsPinned ? "pinned" : null,
            Cores = machine.Track.Cores.TryGetValue(guest.Name, out var cores) ? cores : null,
            Moves = lately.Count,
            LastMove = lately.Count > 0 ? Time(lately[^1]) : null,
        };
    }

    private static DateTimeOffset Time(TimeSpan sinceBegin) => GivenLoad.Now + sinceBegin;

    private sealed class Machine(string name, int processors)
    {
        public string Name => name;

        public int Processors => processors;

        public long Busy { get; set; }

        public long Total { get; set; }

        public HostLoadTrack Track { get; set; } = HostLoadTrack.Unknown;
    }

    private sealed class Guest(string name, string host, Func<TimeSpan, string, double> wants, bool isPinned)
    {
        public string Name => name;

        public string Host { get; set; } = host;

        public Func<TimeSpan, string, double> Wants => wants;

        public bool IsPinned => isPinned;

        public long Nanoseconds { get; set; }

        public List<TimeSpan> MovedAt { get; } = [];
    }
}
