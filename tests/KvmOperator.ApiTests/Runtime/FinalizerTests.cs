using System.Text.Json.Nodes;
using KvmOperator.ApiTests.Cluster;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using Xunit;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>Finalizers come before any action, do not mind others, and do their work once.</summary>
public sealed class FinalizerTests(ClusterFixture cluster) : WidgetTests(cluster)
{
    private const string Foreign = "somebody.example.com/else";

    [Fact]
    public async Task The_finalizer_stands_on_the_server_before_the_controller_does_anything()
    {
        var stoodThere = new TaskCompletionSource<bool>();
        var workshop = new WidgetWorkshop();
        workshop.Work = async (widget, _, _) =>
        {
            stoodThere.TrySetResult((await ReadAsync("careful")).Metadata.Finalizers?.Contains(WidgetFinalizer.Identifier) == true);
            return ReconciliationResult<Widget>.Success(widget);
        };
        await using var sample = await StartAsync(workshop);

        await CreateAsync("careful");

        Assert.True(await stoodThere.Task.WaitAsync(Patience.For(Soon), TimeProvider.System, Token));
    }

    [Fact]
    public async Task A_foreign_finalizer_in_front_neither_blocks_ours_nor_is_touched()
    {
        await CreateAsync("shared", configure: widget => widget.Metadata.Finalizers = [Foreign]);
        await using var sample = await StartAsync();
        await FinalizersAreAsync("shared", Foreign, WidgetFinalizer.Identifier);

        await Somebody.DeleteAsync<Widget>(Key("shared"), Token);

        await FinalizersAreAsync("shared", Foreign);
        Assert.Single(sample.Workshop.Finalized);
    }

    [Fact]
    public async Task An_object_deleted_during_an_api_outage_is_finalised_once()
    {
        await CreateAsync("unlucky");
        await using var sample = await StartAsync();
        await FinalizersAreAsync("unlucky", WidgetFinalizer.Identifier);

        Proxy.Outage();
        await Somebody.DeleteAsync<Widget>(Key("unlucky"), Token);
        Proxy.Heal();

        await GoneAsync("unlucky");
        await EventuallyAsync(() => sample.Workshop.Deleted.Count == 1, "word of the deletion");
        Assert.Single(sample.Workshop.Finalized);
    }

    [Fact]
    public async Task An_object_deleted_just_before_our_status_write_is_finalised()
    {
        await CreateAsync("raced");
        await using var sample = await StartAsync();
        await FinalizersAreAsync("raced", WidgetFinalizer.Identifier);
        await EventuallyAsync(() => sample.Store.Get(Key("raced"))?.Metadata.Finalizers?.Count == 1 && !sample.Workshop.Passes.IsEmpty, "a first pass");
        var races = 0;
        sample.Workshop.Work = async (widget, status, token) =>
        {
            if (Interlocked.Increment(ref races) == 1)
            {
                await DeafenAsync();
                await Somebody.DeleteAsync<Widget>(Key("raced"), Token);
                await WidgetWorkshop.CopySizeAsync(widget, status, token);
                Proxy.Heal();
            }

            return ReconciliationResult<Widget>.Success(widget);
        };
        sample.Service<IEntityQueue<Widget>>().Enqueue(Key("raced"));

        await GoneAsync("raced");
        Assert.Single(sample.Workshop.Finalized);
    }

    [Fact]
    public async Task Work_that_is_done_is_not_done_again_when_the_finalizer_cannot_be_taken_off_at_first()
    {
        await CreateAsync("sticky");
        await using var sample = await StartAsync();
        await FinalizersAreAsync("sticky", WidgetFinalizer.Identifier);

        Proxy.Answer(request => request.Method == "PATCH", System.Net.HttpStatusCode.InternalServerError, times: 3);
        await Somebody.DeleteAsync<Widget>(Key("sticky"), Token);

        await GoneAsync("sticky");
        Assert.Single(sample.Workshop.Finalized);
    }

    [Fact]
    public async Task A_finalizer_that_fails_is_tried_until_it_succeeds_and_the_object_stays_until_then()
    {
        var workshop = new WidgetWorkshop();
        workshop.Finalize = (widget, _) => Task.FromResult(workshop.Finalized.Count < 3
            ? ReconciliationResult<Widget>.Failure(widget, "not yet")
            : ReconciliationResult<Widget>.Success(widget));
        await CreateAsync("stubborn");
        await using var sample = await StartAsync(workshop);
        await FinalizersAreAsync("stubborn", WidgetFinalizer.Identifier);

        await Somebody.DeleteAsync<Widget>(Key("stubborn"), Token);

        await GoneAsync("stubborn");
        Assert.Equal(3, workshop.Finalized.Count);
    }

    [Fact]
    public async Task Unknown_fields_of_the_spec_survive_the_finalizers_coming()
    {
        await CreateAsync("rich");
        await PatchAsync("rich", new JsonObject { ["spec"] = new JsonObject { ["serial"] = "unknown to the type" } });
        await using var sample = await StartAsync();

        await FinalizersAreAsync("rich", WidgetFinalizer.Identifier);

        Assert.Equal("unknown to the type", (string?)(await ReadRawAsync("rich"))["spec"]!["serial"]);
    }

    private Task<SampleOperator> StartAsync(WidgetWorkshop? workshop = null) => SampleOperator.StartAsync(
        ThroughProxy,
        Namespace,
        Token,
        builder => builder.AddFinalizer<WidgetFinalizer, Widget>(WidgetFinalizer.Identifier),
        options => options.Backoff = options.Backoff with { Base = TimeSpan.FromMilliseconds(50) },
        workshop: workshop);

    private Task FinalizersAreAsync(string name, params string[] finalizers) =>
        EventuallyAsync(async () => ((await ReadAsync(name)).Metadata.Finalizers ?? []).SequenceEqual(finalizers, StringComparer.Ordinal), "finalizers " + string.Join(", ", finalizers));

    private Task GoneAsync(string name) => EventuallyAsync(async () => await Somebody.GetAsync<Widget>(Key(name), Token) is null, $"the end of {name}");
}
