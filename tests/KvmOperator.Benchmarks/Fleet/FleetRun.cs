using System.Globalization;
using k8s;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Benchmarks.Fleet.Hosts;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>
/// The operator with many simulated hosts. They speak bytes: beats, and libvirt's protocol, over a local socket for each channel in the place of SSH's channels. Everything above is the product:
/// its parsers, connections, watches and controllers, against a real API server. Prints figures; nothing here passes or fails.
/// </summary>
internal sealed class FleetRun : IAsyncDisposable
{
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider clock = TimeProvider.System;
    private readonly string kubeconfig;
    private readonly FleetSettings settings;
    private readonly Kubernetes kubernetes;
    private readonly string socket = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly FleetHosts hosts;
    private readonly List<string> rows = [];

    private FleetRun(string kubeconfig, FleetSettings settings)
    {
        (this.kubeconfig, this.settings) = (kubeconfig, settings);
        kubernetes = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
        hosts = new FleetHosts(socket, clock);
    }

    /// <summary>Runs everything and prints tables.</summary>
    public static async Task RunAsync(string kubeconfig, FleetSettings settings, CancellationToken cancellationToken)
    {
        await using var run = new FleetRun(kubeconfig, settings);
        await run.RunAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await hosts.DisposeAsync();
        kubernetes.Dispose();
        File.Delete(socket);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var guests in settings.Steps)
        {
            await MeasureAsync((int)Math.Max(1, Math.Ceiling((double)settings.Hosts * guests / settings.Guests)), guests, guests == settings.Guests, cancellationToken);
        }

        Say(string.Empty);
        Say("| hosts | guests | all known after | resident, at rest | at most | threads | processor, at rest | a change is in the status, p50 / p99 / most | a plain write is in a watch |");
        Say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        rows.ForEach(Say);
    }

    private async Task MeasureAsync(int hostCount, int guestCount, bool isLast, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        AddHosts(hostCount, guestCount);
        var created = await new FleetObjects(kubernetes, clock).CreateAsync(hostCount, guestCount, cancellationToken);
        Say($"{hostCount} hosts and {guestCount} guests: {created} objects created in {Seconds(clock.GetElapsedTime(began))}");

        await using var running = new ConditionWatch(kubernetes, "virtualmachines", "Running", clock);
        await using var ready = new ConditionWatch(kubernetes, "kvmhosts", "Ready", clock);
        began = clock.GetTimestamp();
        await using var process = OperatorProcess.Start(kubeconfig, socket, settings.LogFile);
        await UntilAsync(() => running.True >= guestCount && ready.True >= hostCount, () => $"{ready.True} hosts are ready, {running.True} guests run", process, cancellationToken);
        var known = clock.GetElapsedTime(began);
        Say($"  all known after {Seconds(known)}, {process.ProcessorTime.TotalSeconds:F1} s of processor time, {process.ResidentMebibytes:F0} MiB");

        await RestAsync(settings.Settling, cancellationToken);
        var before = process.ProcessorTime;
        await RestAsync(settings.Idle, cancellationToken);
        var load = (process.ProcessorTime - before) / settings.Idle;
        var resident = process.ResidentMebibytes;
        Say($"  at rest: {load:F3} of a core, {resident:F0} MiB");

        var changes = new GuestChanges(running, clock, new Random(1));
        var all = hosts.All.ToList();
        var (usual, plain) = await changes.MeasureAsync(all, settings.Changes, cancellationToken);
        Say($"  changes: {usual}; plain writes meanwhile: {plain}");
        rows.Add(FormattableString.Invariant(
            $"| {hostCount} | {guestCount} | {(created > 0 ? Seconds(known) : "–")} | {resident:F0} MiB | {process.PeakMebibytes:F0} MiB | {process.Threads} | {load:F3} of a core | {usual} | {plain} |"));
        if (isLast && settings.Frozen > 0)
        {
            await FreezeAsync(process, changes, all, cancellationToken);
            Say($"| resident memory | {process.PeakMebibytes:F0} MiB at most | 1024 MiB |");
        }
    }

    private async Task FreezeAsync(OperatorProcess process, GuestChanges changes, List<FleetHost> all, CancellationToken cancellationToken)
    {
        var frozen = all.Take(Math.Min(settings.Frozen, all.Count / 2)).ToList();
        var others = all.Skip(frozen.Count).ToList();
        await using var reachable = new ConditionWatch(kubernetes, "kvmhosts", "Reachable", clock);
        await UntilAsync(() => reachable.True == all.Count, () => $"{reachable.True} hosts are reachable", process, cancellationToken);
        await using var lease = new LeaseWatch(kubernetes, clock);
        var began = clock.GetTimestamp();
        var told = frozen.Select(host => reachable.ExpectAsync(host.Name, isTrue: false)).ToList();
        var before = process.ProcessorTime;
        frozen.ForEach(host => host.Freeze());
        Say($"  {frozen.Count} hosts freeze");
        var (during, plain) = await changes.MeasureAsync(others, settings.FrozenChanges, cancellationToken);
        var load = (process.ProcessorTime - before) / clock.GetElapsedTime(began);
        var noticed = told.Where(task => task.IsCompletedSuccessfully).Select(task => clock.GetElapsedTime(began, task.Result)).ToList();
        var heartbeats = await HeartbeatsAsync(others, cancellationToken);
        var (holders, pause) = await lease.EndAsync();
        frozen.ForEach(host => host.Thaw());
        began = clock.GetTimestamp();
        await UntilAsync(() => reachable.True == all.Count, () => $"{reachable.True} hosts are reachable", process, cancellationToken);
        var back = clock.GetElapsedTime(began);
        Say(string.Empty);
        Say($"| {frozen.Count} of {all.Count} hosts freeze at once | seen | target |");
        Say("| --- | --- | --- |");
        Say($"| holders of the lease | {holders}, renewed every {pause.TotalSeconds:F1} s at the latest | 1, 10 s |");
        Say($"| a change on another host is in the status, p50 / p99 / most | {during} | p99 1000 ms |");
        Say($"| a plain write to the API server is in a watch | {plain} | – |");
        Say($"| age of the oldest heartbeat of another host | {heartbeats.TotalSeconds:F0} s | {Math.Max(30, all.Count / 10) + 15} s |");
        Say($"| said to be unreachable | {noticed.Count} of {frozen.Count}, the last after {(noticed.Count > 0 ? Seconds(noticed.Max()) : "–")} | all |");
        Say($"| processor meanwhile | {load:F2} of a core | – |");
        Say($"| all are reachable again after their return | {Seconds(back)} | – |");
    }

    private async Task<TimeSpan> HeartbeatsAsync(List<FleetHost> others, CancellationToken cancellationToken)
    {
        var names = others.Select(host => host.Name).ToHashSet(StringComparer.Ordinal);
        var now = clock.GetUtcNow().UtcDateTime;
        var known = await new EntityClient(kubernetes, clock).ListAsync<KvmHost>(null, null, cancellationToken);
        return now - known.Where(host => names.Contains(host.Metadata.Name)).Min(host => host.Status?.LastHeartbeatTime ?? DateTime.MinValue);
    }

    private void AddHosts(int hostCount, int guestCount)
    {
        var before = hosts.All.Count;
        var known = hosts.All.Sum(host => host.Guests.Count);
        for (var number = before; number < hostCount; number++)
        {
            var first = known + (int)((long)(guestCount - known) * (number - before) / (hostCount - before));
            var end = known + (int)((long)(guestCount - known) * (number - before + 1) / (hostCount - before));
            hosts.Add(new FleetHost(FleetIdentity.HostName(number), [.. Enumerable.Range(first, end - first).Select(guest => new FleetGuest(guest))]));
        }
    }

    private async Task UntilAsync(Func<bool> isSo, Func<string> progress, OperatorProcess process, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var told = began;
        while (!isSo())
        {
            if (process.HasEnded || clock.GetElapsedTime(began) > ReadyPatience)
            {
                throw new InvalidOperationException($"{(process.HasEnded ? "the operator ended" : "it takes too long")}: {progress()}; see {settings.LogFile}");
            }

            if (clock.GetElapsedTime(told) > TimeSpan.FromSeconds(20))
            {
                told = clock.GetTimestamp();
                Say($"  {Seconds(clock.GetElapsedTime(began))}: {progress()}; {process.ProcessorTime.TotalSeconds:F1} s of processor time, {process.ResidentMebibytes:F0} MiB");
            }

            await RestAsync(LookInterval, cancellationToken);
        }
    }

    private Task RestAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, clock, cancellationToken);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s");

    private static void Say(FormattableString line) => Say(FormattableString.Invariant(line));

    private static void Say(string line) => Console.Out.WriteLine(line);
}
