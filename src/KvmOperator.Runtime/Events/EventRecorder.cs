using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.Events;

/// <summary>Writes events behind everybody's back, one after the other. While the API server is slow or away, events wait, as many as there is room for.</summary>
internal sealed class EventRecorder(
    EntityClient client, OperatorSettings settings, RuntimeMetrics metrics, TimeProvider clock, ILogger<EventRecorder> logger) : BackgroundService, IEventRecorder
{
    private const int MostWaiting = 1000;

    /// <summary>Where API servers up to about 1.20 want events about objects without a namespace; later ones take the namespace default.</summary>
    private const string OlderNamespaceOfClusterEvents = "kube-system";

    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(3);
    private static readonly BackoffPolicy Retries = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15), 0.5);

    private readonly Channel<EventNotice> waiting = Channel.CreateBounded<EventNotice>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly EventCorrelator correlator = new();
    private string namespaceOfClusterEvents = "default";

    public void Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type = EventType.Normal) =>
        Publish(ObjectIdentity.Of(entity), reason, message, type);

    public void Publish(V1ObjectReference regarding, string reason, string message, EventType type = EventType.Normal) =>
        Publish(ObjectIdentity.Of(regarding), reason, message, type);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The last words of a process are often the interesting ones.
        waiting.Writer.TryComplete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(FlushTime, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var notice in waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(notice, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.DroppedEvents.Inc();
                logger.LogWarning("The event {Reason} about {Kind} {Key} could not be written: {Error}", notice.Reason, notice.Regarding.Kind, notice.Regarding.Key, error.Message);
            }
        }
    }

    /// <summary>Whether the server was away or busy, and may take the same later.</summary>
    private static bool IsOfTheMoment(Exception error) => error switch
    {
        ApiException refused => refused.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError,
        // What is no JSON was said by somebody in between.
        HttpRequestException or TimeoutException or IOException or JsonException => true,
        _ => false,
    };

    private void Publish(ObjectIdentity regarding, string reason, string message, EventType type)
    {
        if (!waiting.Writer.TryWrite(new EventNotice(regarding, reason, EventText.Fitting(message), type, clock.GetUtcNow())))
        {
            metrics.DroppedEvents.Inc();
        }
    }

    private async Task WriteAsync(EventNotice notice, CancellationToken cancellationToken)
    {
        var decision = correlator.Decide(notice);

        // The same at each try: a server that took it and could not say so knows it by its name.
        var name = $"{Shortened(notice.Regarding.Name)}.{Guid.NewGuid():N}";
        for (var failures = 1; ; failures++)
        {
            try
            {
                await WriteAsync(notice, decision, name, cancellationToken);
                return;
            }
            catch (Exception error) when (IsOfTheMoment(error))
            {
                logger.LogDebug("The event {Reason} about {Kind} {Key} waits: {Error}", notice.Reason, notice.Regarding.Kind, notice.Regarding.Key, error.Message);
                await Task.Delay(Retries.Delay(failures, Random.Shared.NextDouble()), clock, cancellationToken);
            }
        }
    }

    private async Task WriteAsync(EventNotice notice, EventDecision decision, string name, CancellationToken cancellationToken)
    {
        switch (decision)
        {
            case EventDecision.Create create:
                await CreateAsync(notice, create.Message, name, cancellationToken);
                create.Series.ObjectName = name;
                break;
            case EventDecision.Count count:
                await CountAsync(notice, count, name, cancellationToken);
                break;
            default:
                metrics.DroppedEvents.Inc();
                break;
        }
    }

    private async Task CreateAsync(EventNotice notice, string message, string name, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "events.k8s.io/v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = NamespaceOf(notice) },
            ["eventTime"] = MicroTime(notice.Time),
            ["reportingController"] = settings.Name,
            ["reportingInstance"] = settings.Identity.Length <= 128 ? settings.Identity : settings.Identity[..128],
            ["action"] = "Reconcile",
            ["reason"] = notice.Reason,
            ["note"] = EventText.Fitting(message),
            ["type"] = notice.Type.ToString(),
            ["regarding"] = new JsonObject
            {
                ["apiVersion"] = notice.Regarding.ApiVersion,
                ["kind"] = notice.Regarding.Kind,
                ["namespace"] = notice.Regarding.Namespace,
                ["name"] = notice.Regarding.Name,
                ["uid"] = notice.Regarding.Uid,
            },
        };
        try
        {
            await PostAsync(notice, body, cancellationToken);
        }
        catch (ApiException refused) when (refused.IsInvalid && notice.Regarding.Namespace is null && namespaceOfClusterEvents != OlderNamespaceOfClusterEvents)
        {
            namespaceOfClusterEvents = OlderNamespaceOfClusterEvents;
            body["metadata"]!["namespace"] = NamespaceOf(notice);
            await PostAsync(notice, body, cancellationToken);
        }
    }

    private async Task PostAsync(EventNotice notice, JsonObject body, CancellationToken cancellationToken)
    {
        using var content = EntityClient.Body(body.ToJsonString());
        try
        {
            using var answer = await client.SendAsync(HttpMethod.Post, Collection(notice), content, cancellationToken);
        }
        catch (ApiException refused) when (refused.IsConflict)
        {
            // It was taken the last time.
        }
    }

    private async Task CountAsync(EventNotice notice, EventDecision.Count count, string name, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["series"] = new JsonObject { ["count"] = count.Times, ["lastObservedTime"] = MicroTime(notice.Time) } };
        using var content = EntityClient.Body(body.ToJsonString(), "application/merge-patch+json");
        try
        {
            using var answer = await client.SendAsync(HttpMethod.Patch, $"{Collection(notice)}/{count.Series.ObjectName}", content, cancellationToken);
        }
        catch (ApiException refused) when (refused.IsNotFound)
        {
            // Servers forget events after an hour.
            await CreateAsync(notice, count.Message, name, cancellationToken);
            count.Series.ObjectName = name;
        }
    }

    private string NamespaceOf(EventNotice notice) => notice.Regarding.Namespace ?? namespaceOfClusterEvents;

    private string Collection(EventNotice notice) => $"/apis/events.k8s.io/v1/namespaces/{NamespaceOf(notice)}/events";

    private static string Shortened(string name) => name.Length <= 200 ? name : name[..200].TrimEnd('.', '-');

    private static string MicroTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
