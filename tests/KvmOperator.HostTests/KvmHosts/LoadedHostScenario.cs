using System.Globalization;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A host whose processors are wanted by fifty at once: it answers late, and is not away.</summary>
public sealed class LoadedHostScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Host = "node1";
    private const int Load = 50;

    /// <summary>Part of the command line of each, by which they are ended.</summary>
    private const string Name = "kvm-operator-load";

    private static readonly TimeSpan LoadDeadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Its_heart_beats_on_and_what_changes_there_is_told()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("xx", ByHand(Host)), CancellationToken);
        await UntilPhaseAsync("xx", (await HostsRunningAsync("xx")).Count > 0 ? "Running" : "Stopped");
        if ((await HostsRunningAsync("xx")).Count == 0)
        {
            await StartByHandAsync(Host, "xx");
        }

        await using var reachability = Reachability.Begin(Cluster);
        try
        {
            // Each has its end, so that nothing goes on when the test was ended.
            await Lab.Machines.RunAsync(
                Host,
                $"for i in $(seq {Load}); do setsid timeout {Patience.Seconds(1200)} sh -c 'while :; do :; done' {Name} </dev/null >/dev/null 2>&1 & done",
                CancellationToken,
                LoadDeadline);
            await KvmLab.UntilAsync("the host is loaded", async () => await LoadAsync() > Load / 2, LoadDeadline, CancellationToken);

            await Lab.BeatsAsync(Host, 6, CancellationToken);
            await DestroyByHandAsync(Host, "xx");
            Assert.True(await LoadAsync() > Load / 2, "the load ended too early to prove anything");
        }
        finally
        {
            await Lab.Machines.TryRunAsync(Host, $"pkill -KILL -f '[{Name[0]}]{Name[1..]}'", CancellationToken.None, LoadDeadline);
        }

        await Lab.BeatsAsync(Host, 2, CancellationToken);
        await reachability.WasNeverLostAsync(CancellationToken);
    }

    /// <summary>The average of a minute.</summary>
    private async Task<double> LoadAsync() =>
        double.Parse((await Lab.Machines.RunAsync(Host, "cut -d' ' -f1 /proc/loadavg", CancellationToken, LoadDeadline)).Output.Trim(), CultureInfo.InvariantCulture);
}
