using k8s;
using k8s.Models;

namespace KvmOperator.Runtime.Finalizers;

/// <summary>A finalizer's name on objects and the class that does its work.</summary>
/// <typeparam name="TEntity">The kind.</typeparam>
/// <param name="Identifier">The name, as <c>group/purpose</c>.</param>
/// <param name="Implementation">The class.</param>
internal sealed record FinalizerRegistration<TEntity>(string Identifier, Type Implementation)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>;
