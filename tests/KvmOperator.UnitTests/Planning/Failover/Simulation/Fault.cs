using System.Globalization;

namespace KvmOperator.UnitTests.Planning.Failover.Simulation;

/// <summary>Something that happens to a pool at a time, in words: <c>12 s: cut node1 management</c>. The words are what a scenario's text has, and what a failed random run prints.</summary>
internal sealed record Fault(int Seconds, string Words)
{
    /// <summary>All verbs, as people write them.</summary>
    public const string Verbs =
        """
        crash HOST                     its power is gone                     start HOST          it boots
        freeze HOST|SERVER             it stands still                       thaw HOST|SERVER    it goes on
        cut HOST management|storage|both                                     heal HOST
        cut SERVER                     the operator does not reach it        heal SERVER
        cut operator                   it reaches nobody                     heal operator
        stall SERVER SECONDS           its disk hangs                        restart SERVER
        api down|up
        kill leader SECONDS            the next one begins after that        pause leader SECONDS
        move GUEST HOST                a live migration begins               resume GUEST HOST   a person has a paused domain go on
        confirm HOST                   a person says that it is off          bmc HOST breaks|works
        disarm | arm                   maintenance HOST | active HOST        busy HOST           its store cannot be unmounted
        halt GUEST | run GUEST         leave GUEST | allow GUEST             delete GUEST
        """;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seconds} s: {Words}");

    public static Fault Parse(string line)
    {
        var parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
        return new Fault(int.Parse(parts[0].Split(' ')[0], CultureInfo.InvariantCulture), parts[1]);
    }

    /// <summary>Has it happen at its time.</summary>
    public void Plan(SimulatedPool pool) => pool.After(Seconds * 1000L, () =>
    {
        pool.Trace(() => Words);
        Happen(pool);
        pool.NoteReach();
    });

    private void Happen(SimulatedPool pool)
    {
        switch (Words.Split(' '))
        {
            case ["crash", var host]: pool.Crash(pool.Host(host)); break;
            case ["start", var host]: pool.Boot(pool.Host(host)); break;
            case ["freeze", var name] when IsServer(pool, name): pool.Server(name).IsAlive = false; break;
            case ["thaw", var name] when IsServer(pool, name): pool.Server(name).IsAlive = true; break;
            case ["freeze", var host]: pool.Host(host).IsFrozen = pool.Host(host).IsPowered; break;
            case ["thaw", var host]: pool.Host(host).IsFrozen = false; break;
            case ["cut", "operator"]: pool.HasOperatorNetwork = false; break;
            case ["heal", "operator"]: pool.HasOperatorNetwork = true; break;
            case ["cut", var server]: pool.Server(server).HasManagement = false; break;
            case ["cut", var host, var network]:
                pool.Host(host).HasManagement &= network == "storage";
                pool.Host(host).HasStorage &= network == "management";
                break;
            case ["heal", var name] when IsServer(pool, name): pool.Server(name).HasManagement = true; break;
            case ["heal", var host]: pool.Host(host).HasManagement = pool.Host(host).HasStorage = true; break;
            case ["stall", var server, var seconds]: pool.Server(server).StalledUntil = pool.Now + (Number(seconds) * 1000); break;
            case ["restart", var server]: pool.Restart(pool.Server(server)); break;
            case ["api", var state]: pool.HasApi = state == "up"; break;
            case ["kill", "leader", var seconds]: pool.KillLeader(Number(seconds) * 1000); break;
            case ["pause", "leader", var seconds]: pool.PauseLeader(Number(seconds) * 1000); break;
            case ["move", var guest, var host]: pool.BeginMove(pool.Guest(guest), pool.Host(host)); break;
            case ["resume", var guest, var host]:
                if (pool.Host(host).DomainOf(pool.Guest(guest)) is { } domain)
                {
                    domain.StandsStill = false;
                }

                break;
            case ["confirm", var host]: pool.Host(host).ConfirmedId = pool.Host(host).Record?.Id; break;
            case ["bmc", var host, var state]: pool.Host(host).IsControllerBroken = state == "breaks"; break;
            case ["disarm"]: pool.DisarmReason = "a person works on the switches"; break;
            case ["arm"]: pool.DisarmReason = null; break;
            case ["maintenance", var host]: pool.Host(host).IsInMaintenance = true; break;
            case ["active", var host]: pool.Host(host).IsInMaintenance = false; break;
            case ["busy", var host]: pool.Host(host).IsKeptBusy = true; break;
            case ["halt" or "delete", var guest]: pool.Guest(guest).IsWanted = false; break;
            case ["run", var guest]: pool.Guest(guest).IsWanted = true; break;
            case ["leave", var guest]: pool.Guest(guest).MayRestart = false; break;
            case ["allow", var guest]: pool.Guest(guest).MayRestart = true; break;
            default: throw new FormatException($"'{Words}' is no fault. There are:\n{Verbs}");
        }
    }

    private static bool IsServer(SimulatedPool pool, string name) => pool.Servers.Any(server => server.Name == name);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
