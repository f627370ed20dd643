using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Runtime.Status;

/// <summary>
/// Writes the status of objects: one merge patch on the status subresource with nothing but what the caller changed, and no request at all
/// when that is nothing. Fields of others, known to the type or not, are never touched.
/// </summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public sealed class StatusWriter<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private const int MaximumAttempts = 5;
    private readonly EntityClient client;
    private readonly ObjectStore<TEntity> store;
    private readonly StatusBaselines baselines;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<EntityKey, long> progressWritten = new();

    internal StatusWriter(EntityClient client, ObjectStore<TEntity> store, StatusBaselines baselines, TimeProvider clock)
    {
        this.client = client;
        this.store = store;
        this.baselines = baselines;
        this.clock = clock;
    }

    /// <summary>
    /// Writes what changed in the status since the controller was given the object, or since the last write. The object is then up to date
    /// for the next write; an object that is gone meanwhile is no error.
    /// </summary>
    /// <param name="entity">The object that the controller was given, with its status changed.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Whether there was anything to write.</returns>
    /// <exception cref="ApiException">
    /// The server refused. With <see cref="ApiException.IsConflict"/> somebody else changed the same fields meanwhile, such as the leader
    /// before: what was decided on the old ones is not written, the pass has to decide again.
    /// </exception>
    /// <exception cref="InvalidOperationException">The object was not given to a controller by this runtime: what was changed cannot be known.</exception>
    public async Task<bool> WriteAsync(TEntity entity, CancellationToken cancellationToken)
    {
        var before = baselines.BeginningOf(entity)
            ?? throw new InvalidOperationException($"{EntityKey.Of(entity)} was not handed out by a controller's pass; write to the object that was");
        var after = StatusBaselines.StatusOf(entity);
        if (StatusPatch.Between(before.Said, after) is not { } patch)
        {
            return false;
        }

        var held = before.Held;
        if (await SendAsync(entity, before, after, patch, cancellationToken) is { } written)
        {
            store.PutOwnWrite(written, baselines.WriterOf(entity), []);
            entity.Metadata.ResourceVersion = written.ResourceVersion();
            held = StatusBaselines.StatusOf(written);
        }

        baselines.Advance(entity, new StatusBaseline(after, held));
        return true;
    }

    /// <summary>
    /// As <see cref="WriteAsync"/>, for numbers that move all the time: skipped when progress of this object was written less than
    /// <paramref name="interval"/> ago. What was skipped is part of the next write.
    /// </summary>
    /// <returns>Whether something was written.</returns>
    public async Task<bool> WriteProgressAsync(TEntity entity, TimeSpan interval, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(entity);
        if (progressWritten.TryGetValue(key, out var last) && clock.GetElapsedTime(last) < interval)
        {
            return false;
        }

        var written = await WriteAsync(entity, cancellationToken);
        if (written)
        {
            ForgetProgressOlderThan(interval);
            progressWritten[key] = clock.GetTimestamp();
        }

        return written;
    }

    /// <summary>
    /// For whoever is no pass of a controller and decides by what the store holds: writes what is changed in the status of an object, if the object is still as it was read. Nothing is tried a second
    /// time, since what was decided was decided on that version alone.
    /// </summary>
    /// <param name="read">The object as the store handed it out. It is not changed.</param>
    /// <param name="change">Changes a private copy.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Whether there was anything to write.</returns>
    /// <exception cref="ApiException">The server refused. With <see cref="ApiException.IsConflict"/> the object is another one by now; with <see cref="ApiException.IsNotFound"/> it is gone.</exception>
    public async Task<bool> WriteIfUnchangedAsync(TEntity read, Action<TEntity> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        var copy = read.Copy();
        change(copy);
        var (before, after) = (StatusBaselines.StatusOf(read), StatusBaselines.StatusOf(copy));
        if (StatusPatch.Between(before, after) is not { } patch)
        {
            return false;
        }

        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = read.ResourceVersion() },
            ["status"] = StatusPatch.TouchesConditions(patch) ? StatusPatch.OntoConditionsOf(before, before, after, patch) : patch,
        };
        store.PutOwnWrite(await client.PatchAsync<TEntity>(EntityKey.Of(read), PatchKind.Merge, body, "status", cancellationToken));
        return true;
    }

    private void ForgetProgressOlderThan(TimeSpan interval)
    {
        foreach (var (key, last) in progressWritten)
        {
            if (clock.GetElapsedTime(last) >= interval)
            {
                progressWritten.TryRemove(KeyValuePair.Create(key, last));
            }
        }
    }

    /// <summary>Null when the object is gone.</summary>
    private async Task<TEntity?> SendAsync(
        TEntity entity, StatusBaseline before, JsonObject after, JsonObject patch, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(entity);
        var body = Body(entity, before.Held);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await client.PatchAsync<TEntity>(key, PatchKind.Merge, body, "status", cancellationToken);
            }
            catch (ApiException refused) when (refused.IsNotFound)
            {
                return null;
            }
            catch (ApiException refused) when (refused.IsConflict && attempt < MaximumAttempts)
            {
                var current = await client.GetAsync<TEntity>(key, cancellationToken);
                if (current is null || !string.Equals(current.Uid(), entity.Uid(), StringComparison.Ordinal))
                {
                    return null;
                }

                var today = StatusBaselines.StatusOf(current);
                if (StatusPatch.IsOvertaken(before.Held, today, before.Said, after, patch))
                {
                    throw;
                }

                body = Body(current, today);
            }
        }

        // The version is a guard: another object that got the name meanwhile must not get this status, and the list of conditions is
        // replaced as a whole.
        JsonObject Body(TEntity current, JsonObject held) => new()
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = current.ResourceVersion() },
            ["status"] = StatusPatch.TouchesConditions(patch) ? StatusPatch.OntoConditionsOf(held, before.Said, after, patch) : patch.DeepClone(),
        };
    }
}
