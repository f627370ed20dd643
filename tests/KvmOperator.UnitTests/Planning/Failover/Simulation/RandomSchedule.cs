using System.Globalization;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// A pool and what happens to it, drawn from one number. The same number gives the same run. At its end everything is healed and some time passes: then every host must be healthy again and every guest run once.
/// </summary>
internal sealed class RandomSchedule
{
    private const int FaultyUntil = 75;
    private const int Healed = FaultyUntil + 42;
    private const int End = 260;

    /// <summary>As the defaults, with waits that need not be long when nothing is to be waited for.</summary>
    private static readonly FailoverBudgets Budgets = FailoverBudgets.Default with
    {
        Stable = TimeSpan.FromSeconds(5), LongestRetry = TimeSpan.FromSeconds(8), Blind = TimeSpan.FromSeconds(15), Flaps = 100,
    };

    private readonly int hosts;
    private readonly int servers;
    private readonly int guests;
    private readonly bool[] controllers;

    private RandomSchedule(ulong seed, Mutant mutant)
    {
        Seed = seed;
        var random = new SeededRandom(seed);
        hosts = random.Next(2, 5);
        servers = random.Happens(300) ? 2 : 1;
        guests = random.Next(1, 5);
        controllers = [.. Enumerable.Range(0, hosts).Select(_ => random.Happens(200))];
        Settings = new SimulationSettings
        {
            Seed = seed, Budgets = Budgets, Mutant = mutant, TellsLeases = random.Happens(700), HasLocks = random.Happens(500),
            Outcomes = random.Happens(300) ? (0, 0, 0) : (random.Next(0, 60), random.Next(0, 60), random.Next(0, 60)), SlowWrites = random.Happens(300) ? 300 : 10, LateMountd = random.Happens(300) ? 500 : 20, ExportTime = random.Happens(500) ? 3000 : 500,
        };
        Faults = [.. Draw(random)];
    }

    public ulong Seed { get; }

    public SimulationSettings Settings { get; }

    public IReadOnlyList<Fault> Faults { get; private init; }

    public static RandomSchedule Of(ulong seed, Mutant mutant) => new(seed, mutant);

    /// <summary>Runs it, and says what is wrong; empty for nothing.</summary>
    public IReadOnlyList<string> Run(bool traces, out SimulatedPool pool)
    {
        pool = Build(traces);
        foreach (var fault in Faults.Concat(Healing()))
        {
            fault.Plan(pool);
        }

        // Nothing happens any more to a pool that is well.
        for (var time = Healed + 40; time < End; time += 10)
        {
            pool.RunUntil(time * 1000L);
            if (pool.Violations.Count > 0 || !Left(pool).Any())
            {
                return pool.Violations;
            }
        }

        return [.. Left(pool)];
    }

    /// <summary>As few of its faults as show anything wrong still.</summary>
    public RandomSchedule Shrunk()
    {
        var smallest = this;
        for (var index = 0; index < smallest.Faults.Count;)
        {
            var tried = new RandomSchedule(Seed, Settings.Mutant) { Faults = [.. smallest.Faults.Where((_, place) => place != index)] };
            if (tried.Run(traces: false, out _).Count > 0)
            {
                smallest = tried;
            }
            else
            {
                index++;
            }
        }

        return smallest;
    }

    /// <summary>All that is needed to understand a run, and to have it again.</summary>
    public string Explain()
    {
        var problems = Run(traces: true, out var pool);
        return string.Join('\n', new[]
        {
            $"seed {Seed.ToString(CultureInfo.InvariantCulture)}: {hosts} hosts, {servers} servers, {guests} guests, {Settings}", "faults:",
        }.Concat(Faults.Select(fault => $"  {fault}")).Append("run:").Concat(pool.Log.Select(entry => string.Create(CultureInfo.InvariantCulture, $"  {entry.Time / 1000.0,7:0.00} {entry.What}"))).Concat(problems));
    }

    private SimulatedPool Build(bool traces)
    {
        var random = new SeededRandom(Seed ^ 0x5DEECE66D);
        var machines = Enumerable.Range(0, hosts).Select(index => new SimulatedHost(HostName(index)) { HasController = controllers[index] }).ToList();
        var storage = Enumerable.Range(0, servers).Select(index => new SimulatedServer(ServerName(index))).ToList();
        var vms = Enumerable.Range(0, guests).Select(index => new SimulatedGuest(
            GuestName(index), HostName(random.Next(0, Math.Min(2, hosts))), servers == 1 || random.Happens(400) ? [ServerName(0)] : random.Happens(500) ? [ServerName(1)] : [ServerName(0), ServerName(1)])
        {
            Priority = random.Next(0, 3),
        }).ToList();
        return new SimulatedPool(Settings with { Traces = traces }, machines, storage, vms);
    }

    private IEnumerable<Fault> Draw(SeededRandom random)
    {
        var count = random.Next(1, 8);
        for (var number = 0; number < count; number++)
        {
            var at = random.Next(18, FaultyUntil);
            var host = HostName(random.Next(0, hosts));
            var server = ServerName(random.Next(0, servers));
            var guest = GuestName(random.Next(0, guests));
            var length = random.Happens(300) ? random.Next(1, 8) : random.Next(8, 40);
            switch (random.Next(0, 15))
            {
                case 0 or 1:
                    yield return new Fault(at, $"crash {host}");
                    yield return new Fault(at + length, $"start {host}");
                    break;
                case 2 or 3 or 4:
                    yield return new Fault(at, $"freeze {host}");
                    yield return new Fault(at + length, $"thaw {host}");
                    foreach (var stale in Enumerable.Range(0, guests))
                    {
                        yield return new Fault(at + length + 1, $"resume {GuestName(stale)} {host}");
                    }

                    break;
                case 5 or 6 or 7:
                    yield return new Fault(at, $"cut {host} {random.OneOf(["management", "both", "both", "storage"])}");
                    yield return new Fault(at + length, $"heal {host}");
                    break;
                case 8:
                    yield return new Fault(at, "cut operator");
                    yield return new Fault(at + length, "heal operator");
                    break;
                case 9:
                    yield return new Fault(at, random.Happens(500) ? $"stall {server} {length}" : $"restart {server}");
                    break;
                case 10:
                    yield return new Fault(at, $"freeze {server}");
                    yield return new Fault(at + length, $"thaw {server}");
                    break;
                case 11:
                    yield return new Fault(at, $"kill leader {random.Next(1, 20).ToString(CultureInfo.InvariantCulture)}");
                    break;
                case 12:
                    yield return new Fault(at, $"pause leader {length.ToString(CultureInfo.InvariantCulture)}");
                    break;
                case 13:
                    yield return new Fault(at, $"move {guest} {host}");
                    break;
                default:
                    yield return new Fault(at, "api down");
                    yield return new Fault(at + length, "api up");
                    break;
            }
        }
    }

    private IEnumerable<Fault> Healing()
    {
        yield return new Fault(Healed, "heal operator");
        yield return new Fault(Healed, "api up");
        for (var index = 0; index < hosts; index++)
        {
            yield return new Fault(Healed, $"heal {HostName(index)}");
            yield return new Fault(Healed, $"thaw {HostName(index)}");
            yield return new Fault(Healed, $"start {HostName(index)}");

            // What had been sent before may have switched it off once more.
            yield return new Fault(Healed + 12, $"start {HostName(index)}");
        }

        for (var index = 0; index < servers; index++)
        {
            yield return new Fault(Healed, $"thaw {ServerName(index)}");
        }
    }

    private static IEnumerable<string> Left(SimulatedPool pool)
    {
        foreach (var host in pool.Hosts.Where(host => host.Record is not null || pool.Servers.Any(server => server.Marks.ContainsKey(host.Name) || !server.Kernel.Contains(host.Name))))
        {
            yield return $"{host.Name} is not healthy long after all was healed: {host.Record?.State.ToString() ?? "a mark, or no export"}";
        }

        foreach (var guest in pool.Guests)
        {
            var places = pool.Hosts.Where(host => host.DomainOf(guest) is { Presence: DomainPresence.Running }).ToList();
            if (places.Count != 1)
            {
                yield return $"{guest.Name} runs on {places.Count} hosts long after all was healed";
            }
        }
    }

    private static string HostName(int index) => string.Create(CultureInfo.InvariantCulture, $"node{index + 1}");

    private static string ServerName(int index) => string.Create(CultureInfo.InvariantCulture, $"storage{index + 1}");

    private static string GuestName(int index) => string.Create(CultureInfo.InvariantCulture, $"guest{index + 1}");
}
