using System.Globalization;
using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Faults;

/// <summary>Each fault that the lab can cause, seen by its effect: a test that relies on one can trust it.</summary>
public sealed class LabFaultTests(LabFixture fixture) : LabScenario(fixture)
{
    private static readonly TimeSpan RestoreTarget = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_frozen_host_answers_nobody_and_answers_again_after_thaw()
    {
        var before = await BootIdAsync("node1");
        await Lab.VerbAsync(CancellationToken, "freeze", "node1");

        Assert.False(await Lab.AnswersAsync("node1", CancellationToken));
        Assert.False(await ReachesAsync("node2", "192.168.122.100"));

        await Lab.VerbAsync(CancellationToken, "thaw", "node1");
        await AnswersAgainAsync("node1");

        Assert.Equal(before, await BootIdAsync("node1"));
    }

    [Fact]
    public async Task A_crashed_host_is_gone_and_boots_anew_when_it_is_started()
    {
        var before = await BootIdAsync("node1");
        await Lab.VerbAsync(CancellationToken, "crash", "node1");

        Assert.Matches(@"node1 +192\.168\.122\.100 +off", (await Lab.VerbAsync(CancellationToken, "status")).Output);
        Assert.False(await Lab.AnswersAsync("node1", CancellationToken));
        Assert.False(await ReachesAsync("node2", "192.168.122.100"));

        (await Lab.TryAsync(["start", "node1"], CancellationToken, TimeSpan.FromMinutes(6))).EnsureSuccess();

        Assert.NotEqual(before, await BootIdAsync("node1"));
    }

    [Fact]
    public async Task A_rebooted_host_comes_back_with_its_files_and_without_its_memory()
    {
        var before = await BootIdAsync("node1");
        await Lab.RunAsync("node1", "echo kept >/root/file && sync && echo lost >/run/file", CancellationToken);
        await Lab.VerbAsync(CancellationToken, "reboot", "node1");

        await KvmLab.UntilAsync(
            "node1 is another boot",
            async () => await Lab.AnswersAsync("node1", CancellationToken) && await BootIdAsync("node1") != before,
            TimeSpan.FromMinutes(6),
            CancellationToken);

        var files = await Lab.RunAsync("node1", "cat /root/file; ls /run/file 2>&1 || true", CancellationToken);
        Assert.StartsWith("kept", files.Output, StringComparison.Ordinal);
        Assert.Contains("No such file", files.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo c >/proc/sysrq-trigger", "Kernel panic")]
    [InlineData("echo triple >/sys/kernel/reboot/type; echo b >/proc/sysrq-trigger", "Triple fault")]
    public async Task A_machine_that_dies_by_itself_is_noticed(string end, string trace)
    {
        Assert.Empty(await Fixture.DeathsAsync(CancellationToken));
        await Lab.RunAsync("node2", $"(sleep 1; echo 1 >/proc/sys/kernel/sysrq; {end}) </dev/null >/dev/null 2>&1 &", CancellationToken);

        var deaths = new List<string>();
        await KvmLab.UntilAsync(
            "the logs of node2 tell of its end",
            async () =>
            {
                deaths.AddRange(await Fixture.DeathsAsync(CancellationToken));
                return deaths.Count > 0;
            },
            TimeSpan.FromMinutes(1),
            CancellationToken);

        // Each processor may say it.
        var death = Assert.Single(deaths.Distinct(StringComparer.Ordinal));
        Assert.StartsWith("node2: ", death, StringComparison.Ordinal);
        Assert.Contains(trace, death, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_cut_from_management_still_talks_on_the_storage_network()
    {
        await Lab.VerbAsync(CancellationToken, "cut", "node1", "management");

        Assert.False(await Lab.AnswersAsync("node1", CancellationToken));
        Assert.True(await ReachesAsync("node2", "192.168.122.100"));

        await Lab.VerbAsync(CancellationToken, "heal", "node1");
        await AnswersAgainAsync("node1");
    }

    [Fact]
    public async Task A_host_cut_from_storage_still_answers_on_the_management_network()
    {
        await Lab.VerbAsync(CancellationToken, "cut", "node1", "storage");

        Assert.True(await Lab.AnswersAsync("node1", CancellationToken));
        Assert.False(await ReachesAsync("node2", "192.168.122.100"));
        Assert.False(await ReachesAsync("node1", "192.168.122.1"));

        await Lab.VerbAsync(CancellationToken, "heal", "node1");
        await KvmLab.UntilAsync("node1 reaches the storage server", () => ReachesAsync("node1", "192.168.122.1"), TimeSpan.FromMinutes(1), CancellationToken);
    }

    [Fact]
    public async Task A_slow_machine_takes_longer_for_the_same_work_answers_and_is_quick_again()
    {
        var usual = await WorkAsync("node1");
        var pace = (await Lab.VerbAsync(CancellationToken, "pace")).Output.Trim();
        await Lab.VerbAsync(CancellationToken, "slow", "node1", "6");
        try
        {
            var slow = await WorkAsync("node1");
            Assert.True(slow > 2 * usual, $"the same work took {slow.TotalMilliseconds:0} ms instead of {usual.TotalMilliseconds:0} ms");
            Assert.NotEqual(pace, (await Lab.VerbAsync(CancellationToken, "pace")).Output.Trim());
            Assert.True(await Lab.AnswersAsync("node1", CancellationToken));
        }
        finally
        {
            await Lab.VerbAsync(CancellationToken, "quick", "node1");
        }

        await KvmLab.UntilAsync("node1 is quick again", async () => await WorkAsync("node1") < 2 * usual, TimeSpan.FromMinutes(2), CancellationToken);
    }

    [Fact]
    public async Task Restore_brings_back_what_was_and_takes_seconds()
    {
        await Lab.VerbAsync(CancellationToken, "save");
        await Lab.RunAsync("node1", "echo after >/root/after-the-snapshot && sync", CancellationToken);
        await Lab.VerbAsync(CancellationToken, "crash", "node2");

        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        await Lab.VerbAsync(CancellationToken, "restore");
        var elapsed = clock.GetElapsedTime(started);

        TestContext.Current.SendDiagnosticMessage($"restore of three machines: {elapsed.TotalSeconds:0.0} s (target {RestoreTarget.TotalSeconds:0} s)");
        Assert.True(await Lab.AnswersAsync("node2", CancellationToken));
        Assert.False((await Lab.TryRunAsync("node1", "ls /root/after-the-snapshot", CancellationToken)).Succeeded);
    }

    /// <summary>What some starts of processes take on a machine, by its own clock: the best of three times.</summary>
    private async Task<TimeSpan> WorkAsync(string node)
    {
        const string Work = "for round in 1 2 3; do a=$(date +%s%N); for i in $(seq 20); do /bin/true; done; b=$(date +%s%N); echo $(((b - a) / 1000000)); done | sort -n | head -n 1";
        return TimeSpan.FromMilliseconds(int.Parse((await Lab.RunAsync(node, Work, CancellationToken)).Output.Trim(), CultureInfo.InvariantCulture));
    }

    private async Task<string> BootIdAsync(string node) =>
        (await Lab.RunAsync(node, "cat /proc/sys/kernel/random/boot_id", CancellationToken)).Output.Trim();

    private async Task<bool> ReachesAsync(string node, string address) =>
        (await Lab.TryRunAsync(node, $"ping -c 3 -W 2 -q {address}", CancellationToken)).Succeeded;

    private Task AnswersAgainAsync(string node) =>
        KvmLab.UntilAsync($"{node} answers", () => Lab.AnswersAsync(node, CancellationToken), TimeSpan.FromMinutes(1), CancellationToken);
}
