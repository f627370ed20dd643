using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Prometheus;

namespace KvmOperator.Benchmarks.Runtime;

/// <summary>The runtime as a whole against a real API server, beside a plain list and watch in the same run.</summary>
internal static class RuntimeScale
{
    private const string Namespace = "runtime-scale";
    private const int Asked = 5000;
    private const int Changes = 25;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    /// <summary>Runs everything and prints a table.</summary>
    public static async Task RunAsync(string kubeconfig, int objects, CancellationToken cancellationToken)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        using var kubernetes = new Kubernetes(configuration);
        var empty = Held();
        await PrepareAsync(kubernetes, objects, cancellationToken);

        // The runtime first: whatever the preparation leaves behind counts against it.
        var runtime = await MeasureRuntimeAsync(configuration, objects, cancellationToken);
        var between = Held();
        var plain = await MeasurePlainLoopAsync(kubernetes, cancellationToken);
        Print(objects, plain, plain.Held - between, runtime, runtime.Held - empty);
    }

    private static async Task PrepareAsync(Kubernetes kubernetes, int objects, CancellationToken cancellationToken)
    {
        var definition = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(Item.Definition);
        await IgnoreConflictAsync(() => kubernetes.ApiextensionsV1.CreateCustomResourceDefinitionAsync(definition, cancellationToken: cancellationToken));
        await IgnoreConflictAsync(() => kubernetes.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = Namespace } }, cancellationToken: cancellationToken));
        var client = new EntityClient(kubernetes, TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        var existing = await WhenServedAsync(() => client.ListAsync<Item>(Namespace, null, cancellationToken), cancellationToken);
        var missing = Enumerable.Range(0, objects).Select(number => Item.Create(Namespace, number)).ExceptBy(existing.Select(EntityKey.Of), EntityKey.Of).ToArray();
        await Parallel.ForEachAsync(
            missing,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
            async (item, token) => await client.CreateAsync(item, token));
        Say($"{missing.Length} objects created in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
    }

    private static async Task<PlainFigures> MeasurePlainLoopAsync(Kubernetes kubernetes, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync<ItemList>(
            "benchmarks.example.com", "v1", Namespace, "items", cancellationToken: cancellationToken);
        var known = answer.Items.ToDictionary(EntityKey.Of);
        var took = Stopwatch.GetElapsedTime(started);
        var version = answer.Metadata.ResourceVersion;
        answer = null;
        var held = Held();
        GC.KeepAlive(known);
        return new PlainFigures(took, held, await MeasurePlainWatchAsync(kubernetes, version, cancellationToken));
    }

    /// <summary>How long a change takes to be seen in a watch that goes on where the list ended.</summary>
    private static async Task<TimeSpan> MeasurePlainWatchAsync(Kubernetes kubernetes, string version, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var changes = kubernetes.CustomObjects
            .WatchListNamespacedCustomObjectAsync("benchmarks.example.com", "v1", Namespace, "items", resourceVersion: version, cancellationToken: enough.Token)
            .GetAsyncEnumerator(enough.Token);
        var times = new List<TimeSpan>();
        for (var change = 0; change < Changes; change++)
        {
            var started = Stopwatch.GetTimestamp();
            var next = changes.MoveNextAsync();
            await ChangeAsync(new EntityClient(kubernetes, TimeProvider.System), $"plain-{change}", cancellationToken);
            await next;
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        await enough.CancelAsync();
        return times.Order().ElementAt(Changes / 2);
    }

    /// <summary>The same in the runtime's store.</summary>
    private static async Task<TimeSpan> MeasureWatchAsync(EntityClient client, IEntityStore<Item> store, CancellationToken cancellationToken)
    {
        var times = new List<TimeSpan>();
        for (var change = 0; change < Changes; change++)
        {
            var started = Stopwatch.GetTimestamp();
            var changed = await ChangeAsync(client, $"runtime-{change}", cancellationToken);
            while (store.Get(EntityKey.Of(changed))?.ResourceVersion() != changed.ResourceVersion())
            {
                await Task.Yield();
            }

            times.Add(Stopwatch.GetElapsedTime(started));
        }

        return times.Order().ElementAt(Changes / 2);
    }

    private static Task<Item> ChangeAsync(EntityClient client, string mark, CancellationToken cancellationToken) => client.PatchAsync<Item>(
        new EntityKey(Namespace, "item-0"),
        PatchKind.Merge,
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["benchmarks.example.com/mark"] = mark } } },
        null,
        cancellationToken);

    private static async Task<RuntimeFigures> MeasureRuntimeAsync(
        KubernetesClientConfiguration configuration, int objects, CancellationToken cancellationToken)
    {
        var times = new PassTimes();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(times);
        builder.Services
            .AddKubernetesOperator(settings =>
            {
                settings.Client = configuration;
                settings.LeaderElectionType = LeaderElectionType.None;
                settings.MonitoringPort = null;
            })
            .AddController<ItemController, Item>()
            .Watch<Item>(options => options.Namespace = Namespace);
        using var host = builder.Build();
        var started = Stopwatch.GetTimestamp();
        await host.StartAsync(cancellationToken);
        var store = host.Services.GetRequiredService<IEntityStore<Item>>();
        await UntilAsync(() => store.HasSynced, cancellationToken);
        var synced = Stopwatch.GetElapsedTime(started);
        await UntilAsync(() => times.Count >= objects, cancellationToken);
        var reconciled = times.Span;
        var resident = Environment.WorkingSet;
        var held = Held();

        // As fast as the plain rate of 1,000 requests for a pass in a second, well below what can be done.
        var queue = host.Services.GetRequiredService<IEntityQueue<Item>>();
        for (var number = 0; number < Asked; number++)
        {
            var key = new EntityKey(Namespace, string.Create(CultureInfo.InvariantCulture, $"item-{number % objects}"));
            times.Ask(key);
            queue.Enqueue(key);
            if (number % 10 == 9)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
            }
        }

        await UntilAsync(() => times.Latencies.Count >= Math.Min(Asked, objects), cancellationToken);
        var latencies = times.Latencies.Order().ToArray();
        var seen = await MeasureWatchAsync(host.Services.GetRequiredService<EntityClient>(), store, cancellationToken);
        var requests = await CountRequestsAsync(host, cancellationToken);
        using var process = Process.GetCurrentProcess();
        var cpuBefore = process.TotalProcessorTime;
        await Task.Delay(Idle, TimeProvider.System, cancellationToken);
        process.Refresh();
        var idleRequests = await CountRequestsAsync(host, cancellationToken) - requests;

        var idleCpu = process.TotalProcessorTime - cpuBefore;
        await host.StopAsync(cancellationToken);
        return new RuntimeFigures(synced, reconciled, held, resident, latencies, seen, idleRequests, idleCpu);
    }

    private static void Print(int objects, PlainFigures plain, long plainBytes, RuntimeFigures runtime, long runtimeBytes)
    {
        var (middle, slow) = (runtime.Latencies[runtime.Latencies.Count / 2], runtime.Latencies[runtime.Latencies.Count * 99 / 100]);
        Say($"| {objects:N0} objects, {Environment.ProcessorCount} cores | this runtime | plain list and watch with KubernetesClient |");
        Say("| --- | --- | --- |");
        Say($"| time until all are known | {runtime.Synced.TotalSeconds:F2} s | {plain.ListTime.TotalSeconds:F2} s |");
        Say($"| managed memory an object | {runtimeBytes / 1024.0 / objects:F2} KiB | {plainBytes / 1024.0 / objects:F2} KiB |");
        Say($"| resident memory of the process after the sync | {runtime.Resident / 1048576.0:F0} MiB | – |");
        Say($"| no-op reconciles a second | {objects / runtime.Reconciled.TotalSeconds:F0} | – |");
        Say($"| queue latency p50 / p99, 1,000 keys a second | {middle.TotalMilliseconds:F2} / {slow.TotalMilliseconds:F2} ms | – |");
        Say($"| a change is written and seen, median of {Changes} | {runtime.Seen.TotalMilliseconds:F2} ms | {plain.Seen.TotalMilliseconds:F2} ms |");
        Say($"| requests a second when idle, {Idle.TotalSeconds:F0} s | {runtime.IdleRequests / Idle.TotalSeconds:F2} | – |");
        Say($"| CPU when idle, of one core | {100 * (runtime.IdleCpu / Idle):F2} % | – |");
    }

    private static async Task<double> CountRequestsAsync(IHost host, CancellationToken cancellationToken)
    {
        using var page = new MemoryStream();
        await host.Services.GetRequiredService<CollectorRegistry>().CollectAndExportAsTextAsync(page, cancellationToken);
        return Encoding.UTF8.GetString(page.ToArray())
            .Split('\n')
            .Where(line => line.StartsWith("rest_client_requests_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static async Task<T> WhenServedAsync<T>(Func<Task<T>> list, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await list();
            }
            catch (ApiException refused) when (refused.IsNotFound)
            {
                // The definition was accepted a moment ago.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static async Task IgnoreConflictAsync(Func<Task> create)
    {
        try
        {
            await create();
        }
        catch (HttpOperationException refused) when (refused.Response.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            // From an earlier run.
        }
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Managed memory after a collection.</summary>
    private static long Held()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Say(string text) => Console.WriteLine(text);

    private sealed record PlainFigures(TimeSpan ListTime, long Held, TimeSpan Seen);

    private sealed record RuntimeFigures(
        TimeSpan Synced, TimeSpan Reconciled, long Held, long Resident, IReadOnlyList<TimeSpan> Latencies, TimeSpan Seen, double IdleRequests, TimeSpan IdleCpu);

    private sealed record ItemList(V1ListMeta Metadata, IReadOnlyList<Item> Items);
}
