using System.Globalization;
using System.Text.RegularExpressions;
using KvmOperator.Planning.Failover;
using KvmOperator.Planning.Failover.Recovery;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>
/// A scenario as its text says it: what is given, what happens when, and what is expected. Lines that begin with # are for people.
/// </summary>
internal sealed partial class Scenario
{
    private readonly List<string> given = [];
    private readonly List<string> expected = [];

    private Scenario(string name) => Name = name;

    public string Name { get; }

    public List<Fault> Faults { get; } = [];

    public long End => expected.Select(line => EndLine().Match(line)).Where(match => match.Success).Select(match => Number(match.Groups["seconds"].Value)).DefaultIfEmpty(240).Max();

    /// <summary>Reads a file of scenarios, each of which begins with <c>== NAME</c>.</summary>
    public static IReadOnlyList<Scenario> Read(string text)
    {
        List<Scenario> scenarios = [];
        var section = string.Empty;
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            switch (line)
            {
                case ['=', '=', ..]:
                    scenarios.Add(new Scenario(line[2..].Trim()));
                    section = string.Empty;
                    break;
                case "given" or "faults" or "expected":
                    section = line;
                    break;
                case var words when section == "given":
                    scenarios[^1].given.Add(words);
                    break;
                case var words when section == "faults":
                    scenarios[^1].Faults.Add(Fault.Parse(words));
                    break;
                case var words when section == "expected":
                    scenarios[^1].expected.Add(words);
                    break;
                default:
                    throw new FormatException($"'{line}' stands in no section");
            }
        }

        return scenarios;
    }

    /// <summary>Runs it, and says what is not as expected; empty for nothing.</summary>
    public (SimulatedPool Pool, IReadOnlyList<string> Problems) Run(Func<SimulationSettings, SimulationSettings> change)
    {
        var pool = Build(change);
        Faults.ForEach(fault => fault.Plan(pool));
        pool.RunUntil(End * 1000L);
        return (pool, [.. pool.Violations, .. expected.Where(line => !EndLine().IsMatch(line) && !Holds(pool, line)).Select(line => $"not as expected: {line}")]);
    }

    /// <summary>Runs it with a leader that is killed on the way: what is expected by a time need not be; what is at the end must be.</summary>
    public (SimulatedPool Pool, IReadOnlyList<string> Problems) RunToItsEnd(Func<SimulationSettings, SimulationSettings> change)
    {
        var pool = Build(change);
        Faults.ForEach(fault => fault.Plan(pool));
        // A new leader watches for a while before it convicts.
        pool.RunUntil((End + 120) * 1000L);
        return (pool, [.. pool.Violations, .. expected.Where(line => !EndLine().IsMatch(line) && !ByLine().IsMatch(line) && !IsCounted(line) && !Holds(pool, line)).Select(line => $"not as expected at the end: {line}")]);
    }

    private static bool IsCounted(string line) => line.StartsWith("fences ", StringComparison.Ordinal) || line.Contains(" was ", StringComparison.Ordinal) || line.Contains(" before ", StringComparison.Ordinal);

    private SimulatedPool Build(Func<SimulationSettings, SimulationSettings> change)
    {
        var settings = new SimulationSettings { Budgets = FailoverBudgets.Default };
        List<SimulatedHost> hosts = [];
        List<SimulatedServer> servers = [];
        List<SimulatedGuest> guests = [];
        foreach (var line in given)
        {
            switch (line.Split(' '))
            {
                case ["hosts", var count]: hosts.AddRange(Enumerable.Range(1, (int)Number(count)).Select(number => new SimulatedHost($"node{number}"))); break;
                case ["servers", var count]: servers.AddRange(Enumerable.Range(1, (int)Number(count)).Select(number => new SimulatedServer($"storage{number}"))); break;
                case ["external", var server]: servers.Single(known => known.Name == server).Refusal = "it is somebody else's server"; break;
                case ["bmc", var host]: hosts.Single(known => known.Name == host).HasController = true; break;
                case ["patient"]: settings = settings with { Budgets = FailoverBudgets.Patient }; break;
                case ["capacity", var count]: settings = settings with { Capacity = (int)Number(count) }; break;
                case ["leases", "off"]: settings = settings with { TellsLeases = false }; break;
                case ["locks", "off"]: settings = settings with { HasLocks = false }; break;
                case ["writes", "slow"]: settings = settings with { SlowWrites = 700 }; break;
                case ["mountd", "late"]: settings = settings with { LateMountd = 1000 }; break;
                case [var name, "on", var host, .. var words]: guests.Add(Guest(name, host, words, servers)); break;
                default: throw new FormatException($"'{line}' is nothing that can be given");
            }
        }

        return new SimulatedPool(change(settings), hosts, servers, guests);
    }

    private static SimulatedGuest Guest(string name, string host, string[] words, List<SimulatedServer> servers)
    {
        var values = words.Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? string.Empty, StringComparer.Ordinal);
        return new SimulatedGuest(name, host, values.TryGetValue("servers", out var named) ? named.Split(',') : servers.Take(1).Select(server => server.Name).ToList())
        {
            Priority = values.TryGetValue("priority", out var priority) ? (int)Number(priority) : 0,
            MayRestart = !values.ContainsKey("leave"),
            IsWanted = !values.ContainsKey("halted"),
            RequiresPowerOff = values.ContainsKey("requires-power-off"),
            PinnedTo = values.ContainsKey("pinned") ? host : null,
            Group = values.GetValueOrDefault("group"),
        };
    }

    private static bool Holds(SimulatedPool pool, string line)
    {
        var by = long.MaxValue;
        if (ByLine().Match(line) is { Success: true } match)
        {
            (line, by) = (match.Groups["what"].Value, Number(match.Groups["seconds"].Value) * 1000);
        }

        bool Told(string what) => pool.Log.Any(entry => entry.Time <= by && entry.What == what);
        switch (line.Split(' '))
        {
            case ["fences", var count]:
                return pool.FailoverIds.Count == Number(count);
            case ["nobody", "is", "fenced"]:
                return pool.FailoverIds.Count == 0 && pool.Servers.All(server => server.Marks.Count == 0);
            case [var guest, "starts", "elsewhere"]:
                return pool.Log.Any(entry => entry.Time <= by && entry.What.StartsWith($"start of {guest} on ", StringComparison.Ordinal));
            case [var guest, "starts", "on", var host]:
                return Told($"start of {guest} on {host}");
            case [var guest, "starts", "before", var other]:
                return pool.Log.FindIndex(entry => entry.What.StartsWith($"start of {guest} ", StringComparison.Ordinal)) is >= 0 and var first
                    && first < (pool.Log.FindIndex(entry => entry.What.StartsWith($"start of {other} ", StringComparison.Ordinal)) is >= 0 and var second ? second : int.MaxValue);
            case [var guest, "was", "never", "started"]:
                return pool.Guest(guest).Incarnation == 1;
            case [var guest, "was", "started", "once"]:
                return pool.Guest(guest).Incarnation == 2;
            case [var guest, "runs", "once"]:
                return Running(pool, guest).Count() == 1;
            case [var guest, "runs", "on", var host]:
                return Running(pool, guest).SequenceEqual([host]) && pool.Guest(guest).Host == host;
            case [var guest, "is", "off"]:
                return !Running(pool, guest).Any();
            case [var guest, "is", "apart", "from", var other]:
                return !Running(pool, guest).Intersect(Running(pool, other), StringComparer.Ordinal).Any();
            case [var host, "is", "healthy"]:
                return pool.Host(host).Record is null && pool.Servers.All(server => !server.Marks.ContainsKey(host) && server.Kernel.Contains(host));
            case [var host, "is", "held", var reason]:
                return by == long.MaxValue ? pool.Host(host).Record is { State: FailoverState.Held } record && record.Held.ToString() == reason : Told($"{host} Held {reason}");
            case [var host, "was", "never", var state]:
                return !Told($"{host} {state}");
            case [var host, "was", "held", var reason]:
                return Told($"{host} Held {reason}");
            case [var host, "was", var state]:
                return Told($"{host} {state}");
            case [var host, "is", var state] when Enum.TryParse<FailoverState>(state, out var parsed):
                return by == long.MaxValue ? pool.Host(host).Record?.State == parsed : Told($"{host} {state}");
            default:
                throw new FormatException($"'{line}' is nothing that can be expected");
        }
    }

    private static IEnumerable<string> Running(SimulatedPool pool, string guest) =>
        pool.Hosts.Where(host => host.IsPowered && host.DomainOf(pool.Guest(guest)) is { Presence: DomainPresence.Running, StandsStill: false }).Select(host => host.Name);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("^ends at (?<seconds>[0-9]+) s$", RegexOptions.NonBacktracking)]
    private static partial Regex EndLine();

    [GeneratedRegex("^(?<what>.*) by (?<seconds>[0-9]+) s$", RegexOptions.NonBacktracking)]
    private static partial Regex ByLine();
}
