using System.Globalization;
using System.Text.Json;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.Informers;

/// <summary>
/// Keeps a store in step with the API server: a paged list, then watches that go on where the last one ended. What happened while no watch
/// was open is found by the next list, deletions included. A server that went away is listed anew, because what it now remembers may not
/// be what was heard from it.
/// </summary>
internal sealed class Informer<TEntity>(
    EntityClient client,
    ObjectStore<TEntity> store,
    InformerOptions options,
    IUndecodableObserver undecodableObserver,
    TimeProvider clock,
    ILogger<Informer<TEntity>> logger) : IInformer
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly BackoffPolicy Reconnects = new(TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(10), 0.5);
    /// <summary>After so many failures in a row it was not the connection that broke but the server that was away.</summary>
    private const int FailuresOfAnAbsentServer = 3;

    private static readonly TimeSpan ShortestResyncStep = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenWatches = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WatchdogMargin = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock publishing = new();
    private readonly HashSet<EntityKey> undecodable = [];
    private readonly List<Action<EntityChange<TEntity>>> subscribers = [];
    private readonly ResourceType type = ResourceType.Of<TEntity>();
    private ulong heardUpTo;

    public string Kind => type.Kind;

    public bool HasSynced => store.HasSynced;

    /// <summary>Adds a listener. Only before <see cref="RunAsync"/>. Listeners are called one change at a time and must be quick.</summary>
    public void Subscribe(Action<EntityChange<TEntity>> subscriber) => subscribers.Add(subscriber);

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => synced.Task.WaitAsync(cancellationToken);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        store.ChangedByOthers += (before, now) => Publish(new EntityChange<TEntity>(ChangeKind.Modified, before, now));
        store.Written += (before, now, writer) => Publish(new EntityChange<TEntity>(ChangeKind.Modified, before, now) { Writer = writer });
        var resync = ResyncAsync(cancellationToken);
        var failures = 0;
        var mustList = true;
        while (!cancellationToken.IsCancellationRequested)
        {
            var before = heardUpTo;
            var began = clock.GetTimestamp();
            Exception? interruption = null;
            try
            {
                if (mustList)
                {
                    await ListAsync(cancellationToken);
                    mustList = false;
                    before = heardUpTo;
                    began = clock.GetTimestamp();
                }

                mustList = !await WatchAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error) when (IsOfTheOutsideWorld(error))
            {
                interruption = error;
            }

            // Only a watch that was of use begins the count anew: a server that ends each one at once must not be asked for everything without a pause.
            var lived = interruption is null && clock.GetElapsedTime(began) > LongEnough;
            failures = lived || (heardUpTo != before && !mustList) ? 0 : failures + 1;

            // A watch that broke goes on where it was; a server that could not be reached may have lost its memory.
            mustList |= interruption is not null && failures >= FailuresOfAnAbsentServer;
            var pause = failures == 0 ? BetweenWatches : Reconnects.Delay(failures, Random.Shared.NextDouble());
            if (interruption is not null)
            {
                // Silence is usual where nothing happens and the server sends no bookmarks.
                logger.Log(
                    interruption is TimeoutException ? LogLevel.Debug : LogLevel.Warning,
                    "Watching {Kind} was interrupted, goes on in {Pause}: {Error}",
                    Kind,
                    pause,
                    interruption.Message);
            }

            await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await resync.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool IsOfTheOutsideWorld(Exception error) =>
        error is HttpRequestException or ApiException or IOException or TimeoutException or JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or OverflowException;

    private static EntityKey KeyOf(JsonElement item)
    {
        var metadata = item.GetProperty("metadata");
        var inNamespace = metadata.TryGetProperty("namespace", out var value) ? value.GetString() : null;
        return new EntityKey(inNamespace, metadata.GetProperty("name").GetString()!);
    }

    private static ulong VersionOf(JsonElement listOrItem) =>
        ulong.Parse(listOrItem.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var listed = new HashSet<EntityKey>();
        var version = 0UL;
        var collection = type.CollectionPath(options.Namespace);
        await foreach (var page in client.PagesAsync(collection, Selectors(), cancellationToken))
        {
            using (page)
            {
                version = VersionOf(page.RootElement);
                if (version < heardUpTo)
                {
                    logger.LogWarning("The server's history of {Kind} went back from {Before} to {Now}", Kind, heardUpTo, version);
                    store.ForgetVersions();
                    heardUpTo = version;
                }

                foreach (var item in page.RootElement.GetProperty("items").EnumerateArray())
                {
                    listed.Add(KeyOf(item));
                    TakeIn(item);
                }
            }
        }

        // Only now: until the last page was read, a missing object is one that comes later.
        foreach (var key in store.MissingFrom(listed, version))
        {
            TakeOut(key, null);
        }

        undecodable.IntersectWith(listed);
        undecodableObserver.Counted(Kind, undecodable.Count);
        heardUpTo = version;
        if (!store.HasSynced)
        {
            store.MarkSynced();
            synced.TrySetResult();
            logger.LogInformation("{Count} objects of {Kind} are known", store.Count, Kind);
        }
    }

    /// <summary>False when what was heard so far can no longer be built upon and all must be listed anew.</summary>
    private async Task<bool> WatchAsync(CancellationToken cancellationToken)
    {
        var seconds = (int)(options.WatchDuration.TotalSeconds * (1 + Random.Shared.NextDouble()));
        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"{type.CollectionPath(options.Namespace)}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={heardUpTo}{Selectors()}");
        using var watchdog = new CancellationTokenSource(TimeSpan.FromSeconds(seconds) + WatchdogMargin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, watchdog.Token);
        try
        {
            using var answer = await client.OpenStreamAsync(path, options.WatchSilence, either.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(either.Token);
            await foreach (var line in new WatchStream(body, options.WatchSilence, clock).ReadAsync(either.Token))
            {
                if (!TakeIn(line))
                {
                    return false;
                }
            }

            return true;
        }
        catch (ApiException refused) when (refused.IsGone)
        {
            logger.LogInformation("The server no longer knows version {Version} of {Kind}: listing anew", heardUpTo, Kind);
            return false;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server did not end the watch of {Kind} after {seconds} s", late);
        }
    }

    /// <summary>False when the line is the server's word that this watch is over for good.</summary>
    private bool TakeIn(WatchLine line)
    {
        switch (line.Type)
        {
            case "ADDED" or "MODIFIED":
                TakeIn(line.Object);
                heardUpTo = VersionOf(line.Object);
                return true;
            case "DELETED":
                TakeOut(KeyOf(line.Object), Decode(line.Object, out _));
                heardUpTo = VersionOf(line.Object);
                return true;
            case "BOOKMARK":
                heardUpTo = VersionOf(line.Object);
                return true;
            default:
                logger.LogInformation("The watch of {Kind} ended with {Error}: listing anew", Kind, line.Object.GetRawText());
                return false;
        }
    }

    private void TakeIn(JsonElement item)
    {
        if (Decode(item, out var error) is not { } entity)
        {
            ReportUndecodable(item, error!);
            return;
        }

        if (undecodable.Remove(EntityKey.Of(entity)))
        {
            undecodableObserver.Counted(Kind, undecodable.Count);
        }

        if (store.Put(entity, out var before))
        {
            var isReplacement = before is not null && !string.Equals(before.Uid(), entity.Uid(), StringComparison.Ordinal);
            if (isReplacement)
            {
                Publish(new EntityChange<TEntity>(ChangeKind.Deleted, before, before!));
                before = null;
            }

            var kind = before is not null ? ChangeKind.Modified : store.HasSynced ? ChangeKind.Added : ChangeKind.Listed;
            Publish(new EntityChange<TEntity>(kind, before, entity));
        }
    }

    private void TakeOut(EntityKey key, TEntity? last)
    {
        if (undecodable.Remove(key))
        {
            undecodableObserver.Counted(Kind, undecodable.Count);
        }

        if (store.Remove(key) is { } before)
        {
            Publish(new EntityChange<TEntity>(ChangeKind.Deleted, before, last ?? before));
        }
    }

    private static TEntity? Decode(JsonElement item, out string? error)
    {
        try
        {
            error = null;
            return EntityDecoding.Decode<TEntity>(item);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever a converter throws: one object must not end the program.
            error = failure.Message;
            return null;
        }
    }

    private void ReportUndecodable(JsonElement item, string error)
    {
        var key = KeyOf(item);
        undecodable.Add(key);
        undecodableObserver.Counted(Kind, undecodable.Count);
        var uid = item.GetProperty("metadata").GetProperty("uid").GetString();
        logger.LogError("{Kind} {Key} cannot be read and is left as it is: {Error}", Kind, key, error);
        undecodableObserver.Found(
            new V1ObjectReference { ApiVersion = type.ApiVersion, Kind = Kind, Name = key.Name, NamespaceProperty = key.Namespace, Uid = uid }, error);
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        await WaitForSyncAsync(cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            // One after the other over the whole interval; several at a time where they are too many for a timer.
            var keys = store.List().Select(EntityKey.Of).ToArray();
            var most = Math.Max(1, options.ResyncInterval / ShortestResyncStep);
            var steps = keys.Chunk(Math.Max(1, (int)Math.Ceiling(keys.Length / most))).DefaultIfEmpty([]).ToArray();
            foreach (var step in steps)
            {
                await Task.Delay(options.ResyncInterval / steps.Length, clock, cancellationToken);
                foreach (var entity in step.Select(store.Get).OfType<TEntity>())
                {
                    Publish(new EntityChange<TEntity>(ChangeKind.Resynced, entity, entity));
                }
            }
        }
    }

    private void Publish(EntityChange<TEntity> change)
    {
        // Changes come from the watch, from the resync and from the answers to own writes.
        lock (publishing)
        {
            foreach (var subscriber in subscribers)
            {
                try
                {
                    subscriber(change);
                }
                catch (Exception error)
                {
                    // A mapping function of somebody else must not blind everybody.
                    logger.LogError(error, "A listener failed at {Change} of {Kind} {Key}", change.Kind, Kind, EntityKey.Of(change.Entity));
                }
            }
        }
    }

    private string Selectors() =>
        EntityClient.Selector("labelSelector", options.LabelSelector) + EntityClient.Selector("fieldSelector", options.FieldSelector);
}
