using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Api;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>Whatever happens to the watch, the final state of every object is reconciled.</summary>
public sealed class WatchFaultTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    private const int Writers = 8;

    [Fact]
    public async Task Watch_dropped_100_times_while_1000_objects_change_every_final_state_is_reconciled_and_nothing_twice_at_once()
    {
        const int Objects = 1000;
        const int Drops = 100;
        await Parallel.ForAsync(0, Objects, Options(), async (number, _) => await CreateAsync($"widget-{number}", 0));
        var workshop = new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync };
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);
        await EventuallyAsync(() => AllHaveAsync(0), "the first status of every widget");

        var drops = DropAsync(Drops);
        var rounds = 0;
        do
        {
            var round = ++rounds;
            await Parallel.ForAsync(0, Objects, Options(), async (number, _) => await ResizeAsync($"widget-{number}", round * Objects));
        }
        while (!drops.IsCompleted);

        await drops;
        await EventuallyAsync(() => AllHaveAsync(rounds * Objects), "the final size in the status of every widget");
        Assert.Equal(0, workshop.Overlaps);

        async Task<bool> AllHaveAsync(int size) => (await Somebody.ListAsync<Widget>(Namespace, null, Token)) is { Count: Objects } all && all.All(widget => widget.Status?.Size == size);
    }

    [Fact]
    public async Task Deletes_while_the_watch_was_down_are_noticed()
    {
        await CreateAsync("stays");
        await CreateAsync("goes");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 2, "the first passes");

        Proxy.Outage();
        Proxy.ForgetRequests();
        await Somebody.DeleteAsync<Widget>(Key("goes"), Token);

        // So long that it is no longer a watch that broke but a server that was away: all is listed anew.
        await EventuallyAsync(() => Proxy.Requests.Count >= 4, "several tries");
        Proxy.ForgetRequests();
        Proxy.Heal();

        await EventuallyAsync(() => sample.Workshop.Deleted.Any(widget => widget.Metadata.Name == "goes"), "word of the deletion");
        Assert.Equal("stays", Assert.Single(sample.Store.List()).Metadata.Name);
        Assert.Contains(Proxy.Requests, request => !request.IsWatch && request.Path.EndsWith("/widgets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_object_that_was_deleted_and_made_anew_while_the_watch_was_down_is_told_as_both()
    {
        var old = await CreateAsync("phoenix", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 1, "the first pass");

        Proxy.Outage();
        await Somebody.DeleteAsync<Widget>(Key("phoenix"), Token);
        var young = await CreateAsync("phoenix", 2);
        Proxy.Heal();

        await EventuallyAsync(() => sample.Workshop.Passes.Any(widget => widget.Metadata.Uid == young.Metadata.Uid), "a pass of the new one");
        Assert.Equal(old.Metadata.Uid, Assert.Single(sample.Workshop.Deleted).Metadata.Uid);
    }

    [Fact]
    public async Task Etcd_compaction_during_a_watch_is_survived()
    {
        var plane = Cluster.ControlPlane;
        await CreateAsync("before", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync });
        await EventuallyAsync(async () => (await ReadAsync("before")).Status?.Size == 1, "the first pass");

        // While nobody listens, the history that the watch would go on from is forgotten.
        Proxy.Answer(request => request.Query["watch"] == "true", System.Net.HttpStatusCode.ServiceUnavailable);
        Proxy.DropWatches();
        await ResizeAsync("before", 2);
        await CreateAsync("meanwhile", 3);
        await plane.CompactAsync(Token);
        Proxy.Heal();

        await EventuallyAsync(async () => (await ReadAsync("before")).Status?.Size == 2, "the change");
        await EventuallyAsync(async () => (await ReadAsync("meanwhile")).Status?.Size == 3, "the new widget");
    }

    [Fact]
    public async Task A_watch_that_the_server_refuses_with_410_is_followed_by_a_new_list()
    {
        await CreateAsync("known", 1);
        await CreateAsync("goes", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 2 && Proxy.OpenWatches == 1, "the first pass");

        Proxy.Answer(request => request.Query["watch"] == "true", System.Net.HttpStatusCode.Gone, times: 1);
        Proxy.ForgetRequests();
        Proxy.DropWatches();
        await Somebody.DeleteAsync<Widget>(Key("goes"), Token);
        await ResizeAsync("known", 2);

        await EventuallyAsync(() => sample.Workshop.Passes.Any(widget => widget.Spec.Size == 2), "the change");
        await EventuallyAsync(() => sample.Workshop.Deleted.Any(widget => widget.Metadata.Name == "goes"), "word of the deletion");
        Assert.Contains(Proxy.Requests, request => !request.IsWatch && request.Path.EndsWith("/widgets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_undecodable_object_is_reported_by_event_and_metric_and_the_others_go_on()
    {
        await CreateAsync("good-old", 1);
        await CreateAsync("bad", 1);
        await PaintAsync("bad", "Ultraviolet");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        await EventuallyAsync(() => sample.Workshop.PassesOf("good-old") == 1, "a pass beside the bad one in the list");

        await CreateAsync("good-new", 1);
        await PaintAsync("good-old", "Infrared");
        await EventuallyAsync(() => sample.Workshop.PassesOf("good-new") == 1, "a pass beside the bad ones in the watch");
        await EventuallyAsync(async () => await MetricAsync(sample) == 2, "two undecodable widgets in the metric");
        await EventuallyAsync(async () => (await EventsAsync("bad")).Contains("Undecodable", StringComparer.Ordinal), "an event about the bad one");

        await PaintAsync("bad", "Red");
        await EventuallyAsync(() => sample.Workshop.PassesOf("bad") == 1, "a pass of the corrected one");
        await EventuallyAsync(async () => await MetricAsync(sample) == 1, "one undecodable widget in the metric");
        Assert.Equal(1, sample.Workshop.PassesOf("good-old"));
    }

    [Fact]
    public async Task A_watch_that_falls_silent_is_opened_anew()
    {
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy, Namespace, Token, builder => builder.Watch<Widget>(options => options.WatchSilence = TimeSpan.FromSeconds(1)));
        await EventuallyAsync(() => Proxy.OpenWatches == 1, "the first watch");
        Proxy.ForgetRequests();

        await EventuallyAsync(() => Proxy.Requests.Count(request => request.IsWatch) >= 2, "two further watches");
        await CreateAsync("heard");
        await EventuallyAsync(() => sample.Workshop.PassesOf("heard") == 1, "a pass");
    }

    /// <summary>Not through the typed client, which could not read the answer.</summary>
    private async Task PaintAsync(string name, string color)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["color"] = color } };
        using var body = new StringContent(patch.ToJsonString(), new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await Cluster.SendAsync(HttpMethod.Patch, $"/apis/samples.example.com/v1/namespaces/{Namespace}/widgets/{name}", body, Token);
        answer.EnsureSuccessStatusCode();
    }

    private static ParallelOptions Options() => new() { MaxDegreeOfParallelism = Writers, CancellationToken = Token };

    private static async Task<int> MetricAsync(SampleOperator sample) =>
        (int)((await MetricsPage.ReadAsync(sample.Monitoring, Token))["informer_undecodable_objects{kind=\"Widget\"}"]);

    private async Task DropAsync(int times)
    {
        for (var dropped = 0; dropped < times;)
        {
            dropped += Proxy.DropWatches();
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(20, 100)), TimeProvider.System, Token);
        }
    }

    private async Task<IEnumerable<string>> EventsAsync(string name) =>
        (await Somebody.ListAsync<k8s.Models.Eventsv1Event>(Namespace, null, Token)).Where(notice => notice.Regarding.Name == name).Select(notice => notice.Reason);
}
