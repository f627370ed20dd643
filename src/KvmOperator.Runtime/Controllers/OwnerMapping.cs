using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using Microsoft.Extensions.DependencyInjection;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Maps changes of another kind by a function.</summary>
/// <param name="map">Names the objects that an object concerns.</param>
/// <param name="when">Which changes of an object count, from its state before and after; null for all.</param>
internal sealed class OwnerMapping<TOther>(Func<TOther, IServiceProvider, IEnumerable<EntityKey>> map, Func<TOther, TOther, bool>? when) : IOwnerMapping
    where TOther : class, IKubernetesObject<V1ObjectMeta>
{
    public void Register(OperatorBuilder builder) => builder.Watch<TOther>();

    public void Connect(IServiceProvider services, object? self, Action<EntityKey, bool> concerned) =>
        services.GetRequiredService<Informer<TOther>>().Subscribe(change =>
        {
            if (change is { Kind: ChangeKind.Modified, Before: { } earlier } && when?.Invoke(earlier, change.Entity) == false)
            {
                return;
            }

            // The owner that lost the object is concerned as much as the one that has it now.
            var before = change.Before is { } old && !ReferenceEquals(old, change.Entity) ? map(old, services) : [];
            foreach (var key in before.Union(map(change.Entity, services)))
            {
                if (change.Writer is null || change.Writer != self || key != EntityKey.Of(change.Entity))
                {
                    concerned(key, change.Kind is not (ChangeKind.Listed or ChangeKind.Resynced));
                }
            }
        });
}
