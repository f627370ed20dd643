using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Api;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>Follows one condition of all objects of a kind, as a person's program would: one list, and a watch that goes on where it ended.</summary>
internal sealed class ConditionWatch : IAsyncDisposable
{
    private const string Mark = "benchmarks.example.com/mark";

    private readonly Kubernetes kubernetes;
    private readonly string plural;
    private readonly string condition;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, string> states = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Expected> expected = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> marks = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task following;

    public ConditionWatch(Kubernetes kubernetes, string plural, string condition, TimeProvider clock)
    {
        (this.kubernetes, this.plural, this.condition, this.clock) = (kubernetes, plural, condition, clock);
        following = Task.Run(FollowAsync);
    }

    /// <summary>How many have the condition true.</summary>
    public int True => states.Values.Count(state => state == "True");

    /// <summary>Waits until the condition of an object is true, or is not; to be called before that is brought about.</summary>
    /// <returns>When the watch told of it; a time stamp of the clock.</returns>
    public Task<long> ExpectAsync(string name, bool isTrue) => (expected[name] = new Expected(isTrue)).Seen.Task;

    /// <summary>Writes a mark to an object as anybody's program would, and waits for it: what the API server alone takes at this moment.</summary>
    public async Task<long> MarkAsync(string ofNamespace, string name, string mark, CancellationToken cancellationToken)
    {
        var seen = marks.GetOrAdd(mark, static _ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));
        var patch = new V1Patch(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Mark] = mark } } }.ToJsonString(), V1Patch.PatchType.MergePatch);
        await kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync(patch, ApiGroup.Name, ApiGroup.Version, ofNamespace, plural, name, cancellationToken: cancellationToken);
        return await seen.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await following.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await FollowOnceAsync();
            }
            catch (Exception exception) when (exception is KubernetesException or HttpRequestException or IOException or k8s.Autorest.HttpOperationException)
            {
                // The server ended the watch, or was not there for a moment.
            }
        }
    }

    private async Task FollowOnceAsync()
    {
        string? version = null;
        string? next = null;
        do
        {
            var page = (JsonElement)await kubernetes.CustomObjects.ListClusterCustomObjectAsync(
                ApiGroup.Name, ApiGroup.Version, plural, limit: 500, continueParameter: next, cancellationToken: stopping.Token);
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                Take(item);
            }

            var metadata = page.GetProperty("metadata");
            version = metadata.GetProperty("resourceVersion").GetString();
            next = metadata.TryGetProperty("continue", out var more) ? more.GetString() : null;
        }
        while (!string.IsNullOrEmpty(next));

        await foreach (var (kind, item) in kubernetes.CustomObjects.WatchListClusterCustomObjectAsync(ApiGroup.Name, ApiGroup.Version, plural, resourceVersion: version, cancellationToken: stopping.Token))
        {
            if (kind is WatchEventType.Added or WatchEventType.Modified && item is JsonElement element)
            {
                Take(element);
            }
        }
    }

    private void Take(JsonElement item)
    {
        var metadata = item.GetProperty("metadata");
        var name = metadata.GetProperty("name").GetString()!;
        var state = StateOf(item);
        states[name] = state;
        if (metadata.TryGetProperty("annotations", out var annotations) && annotations.TryGetProperty(Mark, out var mark) && marks.TryGetValue(mark.GetString()!, out var marked))
        {
            marked.TrySetResult(clock.GetTimestamp());
        }

        if (expected.TryGetValue(name, out var wanted) && wanted.IsTrue == (state == "True"))
        {
            wanted.Seen.TrySetResult(clock.GetTimestamp());
        }
    }

    private string StateOf(JsonElement item)
    {
        if (item.TryGetProperty("status", out var status) && status.TryGetProperty("conditions", out var conditions))
        {
            foreach (var one in conditions.EnumerateArray())
            {
                if (one.GetProperty("type").ValueEquals(condition))
                {
                    return one.GetProperty("status").GetString()!;
                }
            }
        }

        return string.Empty;
    }

    /// <summary>What is waited for.</summary>
    private sealed record Expected(bool IsTrue)
    {
        public TaskCompletionSource<long> Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
