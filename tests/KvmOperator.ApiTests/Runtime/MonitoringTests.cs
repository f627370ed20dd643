using System.Net;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.LeaderElection;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>What the operator tells about itself, to probes, dashboards and people, and how it stops.</summary>
public sealed class MonitoringTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    [Fact]
    public async Task It_lives_at_once_and_is_ready_when_all_is_listed()
    {
        Proxy.Answer(request => request.Path.Value!.EndsWith("/widgets", StringComparison.Ordinal), HttpStatusCode.Forbidden);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        using var http = new HttpClient { BaseAddress = sample.Monitoring };

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/livez"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/readyz"));
        Proxy.Heal();
        await EventuallyAsync(async () => await StatusAsync("/readyz") == HttpStatusCode.OK, "readiness");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("/elsewhere"));

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Metrics_stand_under_the_names_that_dashboards_know()
    {
        var workshop = new WidgetWorkshop
        {
            Work = (widget, _, _) => widget.Metadata.Name == "bad" ? throw new InvalidOperationException("bad") : Task.FromResult(ReconciliationResult<Widget>.Success(widget)),
        };
        await CreateAsync("good");
        await CreateAsync("bad");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy, Namespace, Token, settings: options => options.LeaderElectionType = LeaderElectionType.Single, workshop: workshop);
        await EventuallyAsync(() => workshop.PassesOf("bad") >= 2 && workshop.PassesOf("good") == 1, "some passes");

        var metrics = await MetricsPage.ReadAsync(sample.Monitoring, Token);

        Assert.Equal(1, metrics["""controller_runtime_reconcile_total{controller="widget",result="success"}"""]);
        Assert.InRange(metrics["""controller_runtime_reconcile_total{controller="widget",result="error"}"""], 1, 100);
        Assert.InRange(metrics["""controller_runtime_reconcile_errors_total{controller="widget"}"""], 1, 100);
        Assert.InRange(metrics["""controller_runtime_reconcile_time_seconds_count{controller="widget"}"""], 2, 100);
        Assert.InRange(metrics["""workqueue_adds_total{name="widget",controller="widget"}"""], 2, 100);
        Assert.InRange(metrics["""workqueue_retries_total{name="widget",controller="widget"}"""], 1, 100);
        Assert.Equal(1, metrics["""leader_election_master_status{name="sample-operator"}"""]);
        Assert.All(
            ["workqueue_depth", "workqueue_unfinished_work_seconds", "workqueue_longest_running_processor_seconds"],
            name => Assert.True(metrics.ContainsKey($$"""{{name}}{name="widget",controller="widget"}"""), name));
        Assert.InRange(metrics["process_working_set_bytes"], 1 << 20, 4L << 30);
        Assert.Contains(metrics.Keys, name => name.StartsWith("""rest_client_request_duration_seconds_count{verb="GET",host=""", StringComparison.Ordinal));
        Assert.Contains(metrics.Keys, name => name.StartsWith("""rest_client_requests_total{code="200",method="GET",host=""", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_event_many_times_is_one_object_with_a_count()
    {
        var widget = await CreateAsync("eventful");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);

        for (var times = 0; times < 5; times++)
        {
            sample.Service<IEventRecorder>().Publish(widget, "Painted", "It has a new colour", EventType.Warning);
        }

        await EventuallyAsync(async () => (await EventsAsync()).SingleOrDefault()?.Series?.Count == 5, "one event, five times");
        var told = Assert.Single(await EventsAsync());
        Assert.Equal(("Painted", "It has a new colour", "Warning", widget.Metadata.Uid, "sample-operator"), (told.Reason, told.Note, told.Type, told.Regarding.Uid, told.ReportingController));

        Task<IReadOnlyList<k8s.Models.Eventsv1Event>> EventsAsync() => Somebody.ListAsync<k8s.Models.Eventsv1Event>(Namespace, null, Token);
    }

    [Fact]
    public async Task A_stop_lets_work_end_that_is_under_way_and_begins_no_more()
    {
        var begun = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, _, _) =>
        {
            begun.TrySetResult();
            await finish.Task;
            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("one");
        await CreateAsync("two");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, controller: options => options.Workers = 1, workshop: workshop);
        await begun.Task.WaitAsync(Patience.For(Soon), TimeProvider.System, Token);

        var stop = sample.StopAsync();
        Assert.False(stop.IsCompleted);
        finish.SetResult();
        await stop.WaitAsync(Patience.For(Soon), TimeProvider.System, Token);

        Assert.Single(workshop.Passes);
    }

    [Fact]
    public async Task A_stop_cancels_work_that_does_not_end_within_its_grace()
    {
        var begun = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, _, token) =>
        {
            begun.TrySetResult();
            await using var registration = token.Register(() => cancelled.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("endless");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy, Namespace, Token, settings: options => options.StopGrace = TimeSpan.FromSeconds(1), workshop: workshop);
        await begun.Task.WaitAsync(Patience.For(Soon), TimeProvider.System, Token);

        await sample.StopAsync().WaitAsync(Patience.For(TimeSpan.FromSeconds(10)), TimeProvider.System, Token);

        Assert.True(cancelled.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Too_many_requests_is_waited_out()
    {
        await CreateAsync("patient", 4);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync });
        await EventuallyAsync(async () => (await ReadAsync("patient")).Status?.Size == 4, "the status");

        Proxy.Answer(request => request.Method == "PATCH", HttpStatusCode.TooManyRequests, times: 2, retryAfter: TimeSpan.FromSeconds(1));
        await ResizeAsync("patient", 5);

        await EventuallyAsync(async () => (await ReadAsync("patient")).Status?.Size == 5, "the status");

        // Waited out inside of the pass: no pass failed. How many there were is not said, since the echo of a write may come before its answer.
        var metrics = await MetricsPage.ReadAsync(sample.Monitoring, Token);
        Assert.Equal(0, metrics.GetValueOrDefault("""controller_runtime_reconcile_errors_total{controller="widget"}"""));
    }
}
