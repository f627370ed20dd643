using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Hands requests to the queue of every controller of the kind.</summary>
internal sealed class EntityQueue<TEntity>(IServiceProvider services) : IEntityQueue<TEntity>
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    // Looked up late: a controller may ask for this queue in its constructor, and the runner of that controller is in turn made of it.
    private readonly Lazy<IEnumerable<ControllerRunner<TEntity>>> runners =
        new(() => (IEnumerable<ControllerRunner<TEntity>>)services.GetService(typeof(IEnumerable<ControllerRunner<TEntity>>))!);

    public void Enqueue(EntityKey key, TimeSpan? delay = null)
    {
        foreach (var runner in runners.Value)
        {
            runner.Enqueue(key, delay);
        }
    }

    public void EnqueueInBackground(EntityKey key)
    {
        foreach (var runner in runners.Value)
        {
            runner.EnqueueInBackground(key);
        }
    }
}
