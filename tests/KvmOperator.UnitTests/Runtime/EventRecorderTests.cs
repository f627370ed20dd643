using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>What becomes of events while the server does not take them.</summary>
public sealed class EventRecorderTests
{
    private static readonly V1ObjectReference Machine = new() { ApiVersion = "v1", Kind = "Machine", NamespaceProperty = "here", Name = "one", Uid = "uid" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_waits_until_the_server_takes_it_and_keeps_its_name()
    {
        var failures = new Queue<HttpStatusCode>([HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests]);

        var (tried, taken) = await PublishAsync(_ => failures.TryDequeue(out var status) ? FakeApiServer.Refused(status) : FakeApiServer.Json("{}"), "broke");

        Assert.Equal(["broke"], taken);
        Assert.Equal(3, tried.Count);
        Assert.Single(tried.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_event_that_the_server_refuses_for_good_is_dropped_and_the_next_is_written()
    {
        var (tried, taken) = await PublishAsync(
            body => body.Contains("bad", StringComparison.Ordinal) ? FakeApiServer.Refused(HttpStatusCode.Forbidden) : FakeApiServer.Json("{}"), "bad", "good");

        Assert.Equal(["good"], taken);
        Assert.Equal(2, tried.Count);
    }

    [Fact]
    public async Task An_event_that_the_server_took_without_being_able_to_say_so_is_not_written_again()
    {
        var (tried, taken) = await PublishAsync(
            body => body.Contains("twice", StringComparison.Ordinal) ? FakeApiServer.Refused(HttpStatusCode.Conflict, "AlreadyExists") : FakeApiServer.Json("{}"), "twice", "last");

        Assert.Equal(["last"], taken);
        Assert.Equal(2, tried.Count);
    }

    [Fact]
    public async Task An_event_about_many_alike_that_the_server_has_forgotten_says_again_that_it_is_about_many()
    {
        var notes = new ConcurrentQueue<string>();
        var done = new TaskCompletionSource();
        using var server = new FakeApiServer((request, _) =>
        {
            if (request.Method == "PATCH")
            {
                return Task.FromResult(FakeApiServer.Refused(HttpStatusCode.NotFound, "NotFound"));
            }

            notes.Enqueue((string)JsonNode.Parse(request.Body)!["note"]!);
            if (notes.Count == 12)
            {
                done.TrySetResult();
            }

            return Task.FromResult(FakeApiServer.Json("{}"));
        });
        using var recorder = new EventRecorder(
            server.Client(TimeProvider.System), new OperatorSettings(), new RuntimeMetrics(Metrics.NewCustomRegistry()), TimeProvider.System, NullLogger<EventRecorder>.Instance);
        await recorder.StartAsync(Token);
        for (var number = 0; number < 12; number++)
        {
            recorder.Publish(Machine, "Broke", $"try {number} failed");
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        await recorder.StopAsync(Token);
        Assert.Equal(["(combined from similar events): try 10 failed", "(combined from similar events): try 11 failed"], notes.Skip(10));
    }

    /// <summary>Publishes texts and waits until the last was taken; answers the names of all tries and the texts that were taken.</summary>
    private static async Task<(IReadOnlyCollection<string> Tried, IReadOnlyCollection<string> Taken)> PublishAsync(Func<string, HttpResponseMessage> answer, params string[] messages)
    {
        var tried = new ConcurrentQueue<string>();
        var taken = new ConcurrentQueue<string>();
        var done = new TaskCompletionSource();
        using var server = new FakeApiServer((request, _) =>
        {
            var body = JsonNode.Parse(request.Body)!;
            tried.Enqueue((string)body["metadata"]!["name"]!);
            var said = answer(request.Body);
            if (said.IsSuccessStatusCode)
            {
                taken.Enqueue((string)body["note"]!);
                if ((string)body["note"]! == messages[^1])
                {
                    done.TrySetResult();
                }
            }

            return Task.FromResult(said);
        });
        using var recorder = new EventRecorder(
            server.Client(TimeProvider.System),
            new OperatorSettings(),
            new RuntimeMetrics(Metrics.NewCustomRegistry()),
            TimeProvider.System,
            NullLogger<EventRecorder>.Instance);
        await recorder.StartAsync(Token);
        foreach (var message in messages)
        {
            recorder.Publish(Machine, "Broke", message);
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        await recorder.StopAsync(Token);
        return (tried, taken);
    }
}
