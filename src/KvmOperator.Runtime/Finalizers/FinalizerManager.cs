using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;

namespace KvmOperator.Runtime.Finalizers;

/// <summary>
/// Puts our finalizers on objects and takes them off when their work is done. Only the list of finalizers is written, and only if nobody
/// changed the object meanwhile. Other people's finalizers, before or behind ours, do not matter.
/// </summary>
internal sealed class FinalizerManager<TEntity>(
    IEnumerable<FinalizerRegistration<TEntity>> registrations, EntityClient client, ObjectStore<TEntity> store, StatusBaselines baselines)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private const int MaximumAttempts = 5;
    private readonly IReadOnlyList<FinalizerRegistration<TEntity>> registrations = [.. registrations];
    private readonly IReadOnlyList<string> identifiers = [.. registrations.Select(registration => registration.Identifier)];

    // Work that is done though the finalizer could not yet be taken off: it must not be done a second time.
    private readonly ConcurrentDictionary<(string Uid, string Identifier), bool> done = new();

    /// <summary>
    /// Adds those of our finalizers that are missing. Answers the object as it is then, which may be that it is being deleted: then it gets
    /// no finalizers any more. Null when it is gone.
    /// </summary>
    public Task<TEntity?> AttachAsync(TEntity entity, object writer, CancellationToken cancellationToken) => ChangeAsync(
        entity,
        writer,
        current => current.DeletionTimestamp() is null ? [.. FinalizersOf(current).Union(identifiers, StringComparer.Ordinal)] : FinalizersOf(current),
        cancellationToken);

    /// <summary>Does the work of our finalizers on an object that is being deleted, in the order of their registration.</summary>
    public async Task<PassOutcome> FinalizeAsync(TEntity entity, object writer, IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var registration in registrations)
        {
            if (!FinalizersOf(entity).Contains(registration.Identifier, StringComparer.Ordinal))
            {
                continue;
            }

            var task = (entity.Uid(), registration.Identifier);
            if (!done.ContainsKey(task))
            {
                var finalizer = (IEntityFinalizer<TEntity>)services.GetRequiredService(registration.Implementation);
                var outcome = EntityPass<TEntity>.Outcome(await finalizer.FinalizeAsync(baselines.PrivateCopyOf(entity, writer), cancellationToken));
                if (outcome is not PassOutcome.Succeeded { After: null })
                {
                    return outcome;
                }

                done[task] = true;
            }

            var changed = await ChangeAsync(entity, writer, current => [.. FinalizersOf(current).Except([registration.Identifier], StringComparer.Ordinal)], cancellationToken);
            done.TryRemove(task, out _);
            if (changed is null)
            {
                return PassOutcome.Done;
            }

            entity = changed;
        }

        return PassOutcome.Done;
    }

    /// <summary>Null when the object is gone.</summary>
    private async Task<TEntity?> ChangeAsync(
        TEntity entity, object writer, Func<TEntity, IReadOnlyList<string>> change, CancellationToken cancellationToken)
    {
        var key = EntityKey.Of(entity);
        for (var attempt = 1; ; attempt++)
        {
            var after = change(entity);
            if (after.SequenceEqual(FinalizersOf(entity), StringComparer.Ordinal))
            {
                return entity;
            }

            try
            {
                var changed = await client.PatchAsync<TEntity>(key, PatchKind.Json, Patch(entity, after), null, cancellationToken);
                store.PutOwnWrite(changed, writer, identifiers);
                return changed;
            }
            catch (ApiException refused) when (refused.IsNotFound)
            {
                return null;
            }
            catch (ApiException refused) when ((refused.IsInvalid || refused.IsConflict) && attempt < MaximumAttempts)
            {
                // Somebody else was quicker, or our store is behind: once more on what is there now.
                var current = await client.GetAsync<TEntity>(key, cancellationToken);
                if (current is null || !string.Equals(current.Uid(), entity.Uid(), StringComparison.Ordinal))
                {
                    return null;
                }

                entity = current;
            }
        }
    }

    private static IReadOnlyList<string> FinalizersOf(TEntity entity) => [.. entity.Finalizers() ?? []];

    private static JsonArray Patch(TEntity entity, IReadOnlyList<string> finalizers) =>
    [
        new JsonObject { ["op"] = "test", ["path"] = "/metadata/resourceVersion", ["value"] = entity.ResourceVersion() },
        new JsonObject
        {
            ["op"] = "add",
            ["path"] = "/metadata/finalizers",
            ["value"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]),
        },
    ];
}
