using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.DependencyInjection;

namespace KvmOperator.Runtime.Controllers;

/// <summary>How one controller is run, and which other kinds wake it.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
public sealed class ControllerOptions<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly List<IOwnerMapping> mappings = [];

    /// <summary>The name in metrics and logs; by default the kind in lower case.</summary>
    public string Name { get; set; } = ResourceType.Of<TEntity>().Kind.ToLowerInvariant();

    /// <summary>
    /// How many objects are worked on side by side. Passes mostly wait for machines, and a worker that waits holds no thread: what bounds this
    /// is how much of what passes wait for is wanted at once. See <see cref="LimitBy"/>.
    /// </summary>
    public int Workers { get; set; } = 64;

    /// <summary>How long to wait after failures.</summary>
    public BackoffPolicy Backoff { get; set; } = BackoffPolicy.Default;

    /// <summary>A pass that takes longer is cancelled. It is told in one line and tried again by the usual back-off, and goes on where it was.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Which changes of an object deserve a pass; by default all that are not our own status writes.</summary>
    public ReconcileStrategy Strategy { get; set; } = ReconcileStrategy.ByResourceVersion;

    internal Func<TEntity, string?>? Group { get; private set; }

    internal int MostOfGroup { get; private set; }

    internal IReadOnlyList<IOwnerMapping> Mappings => mappings;

    /// <summary>Objects of another kind wake the objects that they belong to by owner reference.</summary>
    public ControllerOptions<TEntity> Owns<TOther>()
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        var owner = ResourceType.Of<TEntity>();
        return Watches<TOther>((other, services) =>
        {
            var store = services.GetRequiredService<IEntityStore<TEntity>>();
            // An owner stands in the namespace of what it owns, or in none. One that is not known yet gets its pass when it is heard of.
            return (other.OwnerReferences() ?? [])
                .Where(reference => string.Equals(reference.Kind, owner.Kind, StringComparison.Ordinal) && IsOfGroup(reference.ApiVersion, owner.Group))
                .SelectMany(reference => new[] { new EntityKey(other.Namespace(), reference.Name), new EntityKey(null, reference.Name) }.Distinct()
                    .Where(key => string.Equals(store.Get(key)?.Uid(), reference.Uid, StringComparison.Ordinal)));
        });
    }

    /// <summary>
    /// Objects of another kind wake the objects that a function names, also when this operator wrote what changed. Called for the state before
    /// and after a change, on the thread that heard of it: the function looks things up in memory and does nothing else.
    /// </summary>
    /// <param name="map">Names the objects that an object of the other kind concerns.</param>
    /// <param name="when">
    /// Which changes count, from the state before and after: without it every heartbeat in a status wakes everybody. What is new, gone, or
    /// looked at again as a safety net always counts. Null for every change.
    /// </param>
    public ControllerOptions<TEntity> Watches<TOther>(Func<TOther, IEnumerable<EntityKey>> map, Func<TOther, TOther, bool>? when = null)
        where TOther : class, IKubernetesObject<V1ObjectMeta> =>
        Watches<TOther>((other, _) => map(other), when);

    /// <summary>As the other, with services at hand, such as the store of a third kind.</summary>
    public ControllerOptions<TEntity> Watches<TOther>(Func<TOther, IServiceProvider, IEnumerable<EntityKey>> map, Func<TOther, TOther, bool>? when = null)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        mappings.Add(new OwnerMapping<TOther>(map, when));
        return this;
    }

    /// <summary>
    /// Works on at most so many objects at once for which a function names the same, for example the machine that they are on: one that hangs
    /// then holds so many workers and not all. The others wait without a worker.
    /// </summary>
    /// <param name="group">Names what objects share; null when an object shares nothing. Called before each pass; quick and without effect.</param>
    /// <param name="most">How many at once, from 1.</param>
    public ControllerOptions<TEntity> LimitBy(Func<TEntity, string?> group, int most)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        Group = group;
        MostOfGroup = most;
        return this;
    }

    private static bool IsOfGroup(string apiVersion, string group) =>
        group.Length == 0 ? !apiVersion.Contains('/', StringComparison.Ordinal) : apiVersion.StartsWith(group + "/", StringComparison.Ordinal);
}
