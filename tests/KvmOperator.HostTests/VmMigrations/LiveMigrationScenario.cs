using System.Diagnostics;
using System.Xml.Linq;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using KvmOperator.HostTests.VirtualMachines;
using Xunit;

namespace KvmOperator.HostTests.VmMigrations;

/// <summary>A guest moves by <c>kubectl apply</c>: while it runs without losing a number, and also while it is off.</summary>
public sealed class LiveMigrationScenario(LabFixture fixture) : GuestScenario(fixture)
{
    /// <summary>What is promised.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    /// <summary>When something is seen in a watch depends on a busy machine, too.</summary>
    private static readonly TimeSpan WatchTolerance = TimeSpan.FromSeconds(0.5);

    /// <summary>A guest counts about once a second. Its console is opened on the target a moment after it arrived there, and each number that nobody heard allows for more time.</summary>
    private static readonly int MostUnheard = 8 * Patience.Pace;

    [Fact]
    public async Task A_running_guest_moves_with_progress_and_goes_on_counting()
    {
        var source = (await RunningGuestAsync("xx")).Status!.Host!;
        var target = Other(source);
        var defined = await DefinitionAsync(source);
        var clock = Stopwatch.StartNew();
        await using var here = GuestConsole.Watch(Lab.Machines, source, Domain("xx"), clock);
        await here.UntilMoreAsync(5, StartDeadline, CancellationToken);
        await using var there = GuestConsole.Watch(Lab.Machines, target, Domain("xx"), clock);

        // Slow enough that memory is seen on its way.
        await using var writes = StatusWatch.Begin(Cluster.Kubeconfig, "vmmigration", "move", clock);
        await Cluster.ApplyAsync(PoolManifests.Migration("move", "xx", target, "  bandwidthMiBPerSecond: 4\n  maxDowntimeMilliseconds: 700\n  autoConverge: true"), CancellationToken);
        var seen = new List<VmMigration>();
        await Cluster.UntilAsync<VmMigration>(
            "default/move",
            "memory is sent",
            now =>
            {
                seen.Add(now);
                return IsOver(now) || now.Status?.Phase == VmMigrationPhase.Running;
            },
            MoveDeadline,
            CancellationToken);
        var allowed = await Lab.Machines.TryRunAsync(
            source, $"for try in $(seq 60); do virsh migrate-getmaxdowntime {Domain("xx")} 2>&1 | grep 700 && exit; sleep 0.3; done; virsh migrate-getmaxdowntime {Domain("xx")}", CancellationToken);
        var move = await Cluster.UntilAsync<VmMigration>(
            "default/move",
            "the move is over",
            now =>
            {
                seen.Add(now);
                return IsOver(now);
            },
            MoveDeadline,
            CancellationToken);

        Succeeded(move);
        Assert.Contains("700", allowed.Output + allowed.Error, StringComparison.Ordinal);
        Assert.Equal((source, target), (move.Status!.SourceHost, move.Status.TargetHost));
        Assert.Equal(
            [VmMigrationPhase.Pending, VmMigrationPhase.Preflight, VmMigrationPhase.Preparing, VmMigrationPhase.Running, VmMigrationPhase.Verifying, VmMigrationPhase.Succeeded],
            move.Status.PhaseTransitions.Select(transition => transition.Phase));
        var percents = seen.Select(one => one.Status?.Progress?.Percent).OfType<int>().ToList();
        Assert.Equal(percents.Order(), percents);
        Assert.Contains(seen, one => one.Status is { Phase: VmMigrationPhase.Running, Progress: { BytesTotal: > 0, Percent: < 100 } });
        Assert.Equal(100, move.Status.Progress!.Percent);
        Assert.NotNull(move.Status.DowntimeMilliseconds);

        // Numbers that move all the time are written every two seconds at most; the write of a phase brings its own.
        var progress = writes.Writes.Where(write => (string?)write.Status["phase"] == nameof(VmMigrationPhase.Running)).ToList();
        Assert.True(progress.Count > 2, $"progress was written {progress.Count} times");
        var (first, many) = (progress[1].Time, progress.Count - 2);
        Assert.True(progress[^1].Time - first >= (many * ProgressInterval) - Patience.Scaled(WatchTolerance), $"progress was written {many} times in {(progress[^1].Time - first).TotalSeconds:0.0} s");

        // One place, with the definition and the mark; nothing is left behind.
        Assert.Equal([target], await HostsRunningAsync("xx"));
        Assert.DoesNotContain(Domain("xx"), await Lab.DefinedDomainsAsync(source, CancellationToken));
        Assert.Contains("https://kvmoperator.io/domain/v1", defined, StringComparison.Ordinal);
        Assert.Equal(defined, await DefinitionAsync(target));
        var guest = await Cluster.UntilAsync<VirtualMachine>(
            "default/xx", "its status names the target", one => one.Status is { Phase: "Running" } && one.Status.Host == target, StartDeadline, CancellationToken);
        Assert.True(guest.Status.Is(CommonConditions.Ready));

        // It stood still for its downtime and a second at most, and no number was lost. Numbers that were said before anybody listened took their usual time; it counts once a second
        // of its own, which takes longer on a machine that is emulated.
        await there.UntilMoreAsync(3, StartDeadline, CancellationToken);
        var (before, after) = (here.Readings, there.Readings);
        var usual = before.Zip(before.Skip(1)).Max(pair => pair.Second.Time - pair.First.Time);
        var gap = after[0].Time - before[^1].Time;
        var steps = after[0].Reading.Number - before[^1].Reading.Number;
        var counted = $"the counter went from {before[^1].Reading.Number} to {after[0].Reading.Number} in {gap.TotalSeconds:0.0} s, usually a number takes {usual.TotalSeconds:0.0} s";
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"operator: {(move.Status.CompletionTime - move.Status.StartTime)!.Value.TotalSeconds:0} s, downtime {move.Status.DowntimeMilliseconds} ms; {counted}");
        Assert.True(steps > 0 && after[0].Reading.Uptime > before[^1].Reading.Uptime, "the guest was started anew: " + counted);
        Assert.True(steps <= MostUnheard, "too many numbers were said before anybody listened to tell whether it stood still: " + counted);
        Assert.True(gap <= TimeSpan.FromMilliseconds(move.Status.DowntimeMilliseconds!.Value) + ((steps + 1) * usual), counted);
        Assert.Contains(VmMigrationReasons.Moved, await Cluster.EventReasonsAsync("default/xx", CancellationToken));

        // Applied again by a GitOps tool under another name, it has nothing to do.
        var again = await MoveAsync("again", "xx", target);
        Succeeded(again);
        Assert.Equal(VmMigrationReasons.AlreadyThere, again.Status!.Condition(CommonConditions.Succeeded)!.Reason);
    }

    [Fact]
    public async Task A_guest_that_is_off_moves_too_and_starts_there()
    {
        await Cluster.ApplyAsync(PoolManifests.Guest("resting", "  runStrategy: Halted"), CancellationToken);
        var source = (await UntilPhaseAsync("resting", "Stopped")).Status!.Host!;

        var move = await MoveAsync("move-off", "resting");

        Succeeded(move);
        Assert.Equal(Other(source), move.Status!.TargetHost);
        Assert.DoesNotContain(Domain("resting"), await Lab.DefinedDomainsAsync(source, CancellationToken));
        Assert.Contains(Domain("resting"), await Lab.DefinedDomainsAsync(Other(source), CancellationToken));

        Assert.Equal(Other(source), (await RunningGuestAsync("resting", "  runStrategy: Always")).Status!.Host);
    }

    /// <summary>What is started at the next start, without the spaces that libvirt sets as it likes.</summary>
    /// <summary>The definition, without what it remembers of moves.</summary>
    private async Task<string> DefinitionAsync(string host)
    {
        var domain = XElement.Parse((await Lab.Machines.RunAsync(host, $"virsh dumpxml --inactive --security-info {Domain("xx")}", CancellationToken)).Output);
        domain.Element("metadata")!.Element(XName.Get("moves", MoveMark.XmlNamespace))?.Remove();
        return XElement.Parse(domain.ToString(SaveOptions.DisableFormatting)).ToString(SaveOptions.None);
    }
}
