using System.Diagnostics;
using k8s.Models;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>A controller of a third party is called when it should be.</summary>
public sealed class ControllerTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    [Fact]
    public async Task Objects_that_exist_and_that_come_are_reconciled_and_deletions_told()
    {
        await CreateAsync("old", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync });

        await EventuallyAsync(async () => (await ReadAsync("old")).Status?.Size == 1, "the size of the old widget");
        await CreateAsync("new", 2);
        await EventuallyAsync(async () => (await ReadAsync("new")).Status?.Size == 2, "the size of the new widget");
        await ResizeAsync("old", 3);
        await EventuallyAsync(async () => (await ReadAsync("old")).Status?.Size == 3, "the new size of the old widget");
        await Somebody.DeleteAsync<Widget>(Key("old"), Token);
        await EventuallyAsync(() => sample.Workshop.Deleted.Any(widget => widget.Metadata.Name == "old"), "word of the deletion");
        Assert.Equal("new", Assert.Single(sample.Store.List()).Metadata.Name);
    }

    [Fact]
    public async Task A_spec_that_somebody_changes_just_before_our_status_write_gets_its_pass()
    {
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            if (workshop.Passes.Count == 1)
            {
                // The answer to our write tells of the change before the watch can.
                await DeafenAsync();
                await ResizeAsync("raced", 2);
                await WidgetWorkshop.CopySizeAsync(widget, status, token);
                Proxy.Heal();
            }

            return await WidgetWorkshop.CopySizeAsync(widget, status, token);
        };
        await CreateAsync("raced", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(async () => (await ReadAsync("raced")).Status?.Size == 2, "the size that was wanted last");
    }

    [Fact]
    public async Task A_standby_collects_nothing_and_begins_with_everything()
    {
        var foreign = new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "sample-operator", NamespaceProperty = Namespace },
            Spec = new V1LeaseSpec { HolderIdentity = "somebody", LeaseDurationSeconds = 3600 },
        };
        await Somebody.CreateAsync(foreign, Token);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, settings: options => options.LeaderElectionType = LeaderElectionType.Single);
        for (var number = 0; number < 10; number++)
        {
            await CreateAsync($"short-lived-{number}");
            await Somebody.DeleteAsync<Widget>(Key($"short-lived-{number}"), Token);
        }

        await CreateAsync("lasting");
        await EventuallyAsync(() => sample.Store.List().Select(widget => widget.Metadata.Name).SequenceEqual(["lasting"], StringComparer.Ordinal), "what is left in the store");
        var metrics = await MetricsPage.ReadAsync(sample.Monitoring, Token);
        Assert.Equal(0, metrics.GetValueOrDefault("""workqueue_adds_total{name="widget",controller="widget"}"""));

        await Somebody.DeleteAsync<V1Lease>(Key("sample-operator"), Token);

        await EventuallyAsync(() => sample.Workshop.PassesOf("lasting") == 1, "the first pass");
        Assert.Empty(sample.Workshop.Deleted);
    }

    [Fact]
    public async Task A_requested_time_brings_the_object_back_without_a_change()
    {
        var workshop = new WidgetWorkshop
        {
            Work = (widget, _, _) => Task.FromResult(ReconciliationResult<Widget>.Success(widget, TimeSpan.FromMilliseconds(100))),
        };
        await CreateAsync("clock");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(() => workshop.PassesOf("clock") >= 5, "five passes without a change");
    }

    [Fact]
    public async Task A_change_of_another_kind_wakes_the_object_that_it_is_mapped_to()
    {
        await CreateAsync("owner", configure: widget => widget.Spec.Gadget = "part");
        await CreateAsync("other");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy,
            Namespace,
            Token,
            builder => builder
                .Watch<V1ConfigMap>(options => options.Namespace = Namespace)
                .AddIndex<Widget>("gadget", widget => widget.Spec.Gadget is { } gadget ? [gadget] : []),
            controller => controller.Watches<V1ConfigMap>((map, services) =>
                ((IEntityStore<Widget>)services.GetService(typeof(IEntityStore<Widget>))!).ListBy("gadget", map.Metadata.Name).Select(EntityKey.Of)));
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 2, "the first passes");

        await Somebody.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "part", NamespaceProperty = Namespace } }, Token);

        await EventuallyAsync(() => sample.Workshop.PassesOf("owner") == 2, "a pass of the owner");
        Assert.Equal(1, sample.Workshop.PassesOf("other"));
    }

    [Fact]
    public async Task A_change_of_an_owned_object_wakes_its_owner()
    {
        var owner = await CreateAsync("owner");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy, Namespace, Token, builder => builder.Watch<V1ConfigMap>(options => options.Namespace = Namespace), controller => controller.Owns<V1ConfigMap>());
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 1, "the first pass");

        var reference = new V1OwnerReference { ApiVersion = owner.ApiVersion, Kind = owner.Kind, Name = "owner", Uid = owner.Metadata.Uid };
        await Somebody.CreateAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "owned", NamespaceProperty = Namespace, OwnerReferences = [reference] } }, Token);

        await EventuallyAsync(() => sample.Workshop.PassesOf("owner") == 2, "a pass of the owner");
    }

    [Fact]
    public async Task What_is_asked_for_from_outside_comes_at_once_or_after_its_delay()
    {
        await CreateAsync("asked");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token);
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 1, "the first pass");

        sample.Service<IEntityQueue<Widget>>().Enqueue(Key("asked"));
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 2, "the pass that was asked for");
        sample.Service<IEntityQueue<Widget>>().Enqueue(Key("asked"), TimeSpan.FromMilliseconds(200));
        await EventuallyAsync(() => sample.Workshop.Passes.Count == 3, "the delayed pass");
    }

    [Fact]
    public async Task A_controller_that_always_throws_is_retried_for_ever_with_growing_delay_and_does_not_slow_the_others()
    {
        var times = new List<long>();
        var workshop = new WidgetWorkshop();
        workshop.Work = (widget, status, token) =>
        {
            if (widget.Metadata.Name != "broken")
            {
                return WidgetWorkshop.CopySizeAsync(widget, status, token);
            }

            lock (times)
            {
                times.Add(TimeProvider.System.GetTimestamp());
            }

            throw new InvalidOperationException("it is broken");
        };
        await CreateAsync("broken");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy,
            Namespace,
            Token,
            controller: options =>
            {
                options.Workers = 1;
                options.Backoff = options.Backoff with { Base = TimeSpan.FromMilliseconds(50), Cap = TimeSpan.FromSeconds(2) };
            },
            workshop: workshop);
        await EventuallyAsync(() => workshop.PassesOf("broken") >= 3, "some failures");

        for (var number = 0; number < 20; number++)
        {
            await CreateAsync($"healthy-{number}", number);
        }

        for (var number = 0; number < 20; number++)
        {
            var name = $"healthy-{number}";
            var size = number;
            await EventuallyAsync(async () => (await ReadAsync(name)).Status?.Size == size, "the status of " + name);
        }

        // Beyond any limit of tries that a queue may have by default, such as 5.
        await EventuallyAsync(() => workshop.PassesOf("broken") >= 8, "failures without end");
        TimeSpan[] pauses;
        lock (times)
        {
            pauses = [.. times.Zip(times.Skip(1), (before, after) => TimeProvider.System.GetElapsedTime(before, after))];
        }

        // A busy machine can only make them longer.
        Assert.All(pauses.Index(), pause =>
        {
            var least = 0.8 * Math.Min(50 * Math.Pow(2, pause.Index), 2000);
            Assert.True(pause.Item.TotalMilliseconds >= least, $"Pause {pause.Index} should have {least} ms: {string.Join(", ", pauses)}");
        });
    }

    [Fact]
    public async Task A_failure_without_an_exception_is_retried_too()
    {
        var workshop = new WidgetWorkshop { Work = (widget, _, _) => Task.FromResult(ReconciliationResult<Widget>.Failure(widget, "not yet")) };
        await CreateAsync("failing");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy, Namespace, Token, controller: options => options.Backoff = options.Backoff with { Base = TimeSpan.FromMilliseconds(10) }, workshop: workshop);

        await EventuallyAsync(() => workshop.PassesOf("failing") >= 4, "several tries");
    }

    [Fact]
    public async Task A_pass_that_takes_too_long_is_cancelled_and_tried_again()
    {
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, _, token) =>
        {
            if (workshop.Passes.Count == 1)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }

            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("slow");
        await using var sample = await SampleOperator.StartAsync(
            ThroughProxy,
            Namespace,
            Token,
            controller: options =>
            {
                options.Timeout = TimeSpan.FromMilliseconds(200);
                options.Backoff = options.Backoff with { Base = TimeSpan.FromMilliseconds(10) };
            },
            workshop: workshop);

        await EventuallyAsync(() => workshop.PassesOf("slow") == 2, "the second try");
    }

    [Fact]
    public async Task A_pass_is_a_span_with_its_object_and_a_failed_one_says_so()
    {
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == KvmOperator.Runtime.Monitoring.RuntimeTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var workshop = new WidgetWorkshop
        {
            Work = (widget, _, _) => widget.Metadata.Name == "broken" ? throw new InvalidOperationException("it is broken") : Task.FromResult(ReconciliationResult<Widget>.Success(widget)),
        };
        await CreateAsync("broken");
        await CreateAsync("whole");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(() => SpanOf("broken") is not null && SpanOf("whole") is not null, "a span for each");
        Assert.Equal((ActivityStatusCode.Error, "it is broken"), (SpanOf("broken")!.Status, SpanOf("broken")!.StatusDescription));
        Assert.Equal(ActivityStatusCode.Unset, SpanOf("whole")!.Status);
        Assert.Equal("reconcile widget", SpanOf("whole")!.OperationName);
        Assert.NotEqual(SpanOf("whole")!.GetTagItem("reconcile.id"), SpanOf("broken")!.GetTagItem("reconcile.id"));

        Activity? SpanOf(string name) => spans.FirstOrDefault(span => Equals(span.GetTagItem("k8s.object.key"), $"{Namespace}/{name}"));
    }
}
