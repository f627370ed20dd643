using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Status;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>Status writes say only what changed, and nothing when nothing did.</summary>
public sealed class StatusTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    [Fact]
    public async Task Fields_that_are_not_ours_are_never_overwritten_also_when_they_change_during_a_pass()
    {
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            // Somebody else writes while we work on our copy.
            await PatchAsync("shared", Status(new JsonObject { ["foreign"] = "newer", ["unknown"] = "kept" }), "status");
            return await WidgetWorkshop.CopySizeAsync(widget, status, token);
        };
        await CreateAsync("shared", 5);
        await PatchAsync("shared", Status(new JsonObject { ["foreign"] = "older", ["unknown"] = "kept" }), "status");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(async () => (await ReadAsync("shared")).Status?.Size == 5, "our field");

        var raw = (await ReadRawAsync("shared"))["status"]!;
        Assert.Equal(("newer", "kept"), ((string?)raw["foreign"], (string?)raw["unknown"]));
    }

    [Fact]
    public async Task Conditions_of_others_survive_also_when_they_change_during_a_pass()
    {
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            if (workshop.Passes.Count == 1)
            {
                var theirs = new JsonArray(new JsonObject { ["type"] = "Theirs", ["status"] = "True" }, new JsonObject { ["type"] = "Ours", ["status"] = "Unknown" });
                await PatchAsync("shared", Status(new JsonObject { ["conditions"] = theirs }), "status");
            }

            widget.Status ??= new WidgetStatus();
            widget.Status.Conditions = [.. (widget.Status.Conditions ?? []).Where(condition => condition.Type != "Ours"), new WidgetCondition { Type = "Ours", Status = "True" }];
            await status.WriteAsync(widget, token);
            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("shared");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(async () => await ConditionsAsync() == "Theirs=True, Ours=True", "both conditions");

        async Task<string> ConditionsAsync() =>
            string.Join(", ", ((await ReadAsync("shared")).Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status}"));
    }

    [Fact]
    public async Task What_was_decided_on_a_status_that_another_leader_has_changed_is_not_written_but_decided_again()
    {
        var seen = new ConcurrentQueue<int?>();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            seen.Enqueue(widget.Status?.Size);
            if (workshop.Passes.Count == 1)
            {
                await PatchAsync("overtaken", Status(new JsonObject { ["size"] = 40 }), "status");
            }

            widget.Status ??= new WidgetStatus();
            widget.Status.Size = (widget.Status.Size ?? 0) + 2;
            await status.WriteAsync(widget, token);
            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("overtaken");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(async () => (await ReadAsync("overtaken")).Status?.Size >= 42, "the decision on what is there now");

        Assert.Equal([null, 40], seen.Take(2));
    }

    [Fact]
    public async Task Conditions_of_others_survive_the_second_write_of_a_pass_too()
    {
        var written = new TaskCompletionSource();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            if (workshop.Passes.Count > 1)
            {
                return ReconciliationResult<Widget>.Success(widget);
            }

            var theirs = new JsonArray(new JsonObject { ["type"] = "Theirs", ["status"] = "True" });
            await PatchAsync("shared", Status(new JsonObject { ["conditions"] = theirs }), "status");
            widget.Status = new WidgetStatus { Conditions = [new WidgetCondition { Type = "Ours", Status = "False" }] };
            await status.WriteAsync(widget, token);
            widget.Status.Conditions[0].Status = "True";
            await status.WriteAsync(widget, token);
            written.SetResult();
            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("shared");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await written.Task.WaitAsync(Patience.For(Soon), TimeProvider.System, Token);

        var conditions = (await ReadAsync("shared")).Status!.Conditions!.Select(condition => $"{condition.Type}={condition.Status}");
        Assert.Equal(["Ours=True", "Theirs=True"], conditions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_status_never_reaches_another_object_of_the_same_name()
    {
        var written = new TaskCompletionSource();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            if (workshop.Passes.Count == 1)
            {
                await DeafenAsync();
                await Somebody.DeleteAsync<Widget>(Key("phoenix"), Token);
                await CreateAsync("phoenix", 2);
                await WidgetWorkshop.CopySizeAsync(widget, status, token);
                written.SetResult();
            }

            return ReconciliationResult<Widget>.Success(widget);
        };
        await CreateAsync("phoenix", 1);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await written.Task.WaitAsync(Patience.For(Soon), TimeProvider.System, Token);

        Assert.Null((await ReadAsync("phoenix")).Status);
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changed_and_own_writes_do_not_come_back()
    {
        var workshop = new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync };
        for (var number = 0; number < 20; number++)
        {
            await CreateAsync($"quiet-{number}", number);
        }

        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);
        await EventuallyAsync(() => Proxy.Requests.Count(request => request.IsWrite) == 20, "one write for each");
        await EventuallyAsync(() => sample.Store.List().All(widget => widget.Status?.Size is not null), "the answers to the writes");
        var queue = sample.Service<IEntityQueue<Widget>>();
        var before = workshop.Passes.Count;
        for (var number = 0; number < 20; number++)
        {
            queue.Enqueue(Key($"quiet-{number}"));
        }

        await EventuallyAsync(() => workshop.Passes.Count >= before + 20, "a second pass of each");

        // A change of one is heard after everything else that the server had to say.
        await ResizeAsync("quiet-0", 100);
        await EventuallyAsync(async () => (await ReadAsync("quiet-0")).Status?.Size == 100, "the change");
        Assert.Equal(21, Proxy.Requests.Count(request => request.IsWrite));
    }

    [Fact]
    public async Task One_write_says_all_that_changed_in_one_request_and_unknown_fields_of_the_spec_survive()
    {
        await CreateAsync("rich", 7);
        await PatchAsync("rich", new JsonObject { ["spec"] = new JsonObject { ["serial"] = "unknown to the type" } });
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            widget.Status = new WidgetStatus { Size = 7, Note = "done", Conditions = [new WidgetCondition { Type = "Ready", Status = "True" }] };
            await status.WriteAsync(widget, token);
            return ReconciliationResult<Widget>.Success(widget);
        };
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);

        await EventuallyAsync(async () => (await ReadAsync("rich")).Status?.Note == "done", "the status");

        var write = Assert.Single(Proxy.Requests, request => request.IsWrite);
        Assert.EndsWith("/widgets/rich/status", write.Path, StringComparison.Ordinal);
        Assert.Equal("unknown to the type", (string?)(await ReadRawAsync("rich"))["spec"]!["serial"]);
    }

    [Fact]
    public async Task A_status_that_somebody_wiped_is_written_again()
    {
        await CreateAsync("wiped", 3);
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: new WidgetWorkshop { Work = WidgetWorkshop.CopySizeAsync });
        await EventuallyAsync(async () => (await ReadAsync("wiped")).Status?.Size == 3, "the status");

        await PatchAsync("wiped", new JsonObject { ["status"] = null }, "status");

        await EventuallyAsync(async () => (await ReadAsync("wiped")).Status?.Size == 3, "the status again");
    }

    [Fact]
    public async Task Progress_is_written_no_more_often_than_its_interval()
    {
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, status, token) =>
        {
            widget.Status ??= new WidgetStatus();
            widget.Status.Size = workshop.Passes.Count;
            await status.WriteProgressAsync(widget, TimeSpan.FromSeconds(1), token);
            return ReconciliationResult<Widget>.Success(widget, TimeSpan.FromMilliseconds(10));
        };
        await CreateAsync("moving");
        await using var sample = await SampleOperator.StartAsync(ThroughProxy, Namespace, Token, workshop: workshop);
        await EventuallyAsync(() => Proxy.Requests.Count(request => request.IsWrite) == 1, "the first write");
        var before = workshop.Passes.Count;

        await EventuallyAsync(() => Proxy.Requests.Count(request => request.IsWrite) == 3, "two further writes");

        Assert.True(workshop.Passes.Count - before > 20, "There should be many passes between the writes");
    }

    private static JsonObject Status(JsonObject status) => new() { ["status"] = status };
}
