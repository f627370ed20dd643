using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Finalizers;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KvmOperator.Runtime.Hosting;

/// <summary>Adds controllers, finalizers and what they look at to an operator.</summary>
public sealed class OperatorBuilder
{
    internal OperatorBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a controller of a kind. It is made anew for each pass, in a scope of its own.</summary>
    public OperatorBuilder AddController<TController, TEntity>(Action<ControllerOptions<TEntity>>? configure = null)
        where TController : class, IEntityController<TEntity>
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        var options = new ControllerOptions<TEntity>();
        configure?.Invoke(options);
        Watch<TEntity>();
        Services.AddScoped<TController>();
        Services.AddSingleton(provider => new ControllerRunner<TEntity>(
            options,
            provider.GetRequiredService<Informer<TEntity>>(),
            provider.GetRequiredService<ObjectStore<TEntity>>(),
            new EntityPass<TEntity>(
                typeof(TController),
                provider.GetRequiredService<IServiceScopeFactory>(),
                provider.GetRequiredService<FinalizerManager<TEntity>>(),
                provider.GetRequiredService<StatusBaselines>()),
            provider.GetRequiredService<RuntimeMetrics>(),
            provider.GetRequiredService<OperatorSettings>(),
            provider,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<TController>()));
        var position = Services.Count(service => service.ServiceType == typeof(ControllerRunner<TEntity>)) - 1;
        Services.AddSingleton<IControllerRunner>(provider => provider.GetServices<ControllerRunner<TEntity>>().ElementAt(position));
        foreach (var mapping in options.Mappings)
        {
            mapping.Register(this);
        }

        return this;
    }

    /// <summary>Adds a finalizer to all objects of a kind that has a controller.</summary>
    /// <param name="identifier">Its name on objects, as <c>group/purpose</c>; never change it.</param>
    public OperatorBuilder AddFinalizer<TFinalizer, TEntity>(string identifier)
        where TFinalizer : class, IEntityFinalizer<TEntity>
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        Services.AddScoped<TFinalizer>();
        Services.AddSingleton(new FinalizerRegistration<TEntity>(identifier, typeof(TFinalizer)));
        return this;
    }

    /// <summary>Keeps a store of a kind, <see cref="IEntityStore{TEntity}"/>, also without a controller of that kind.</summary>
    /// <param name="configure">What of the kind is watched, and how.</param>
    public OperatorBuilder Watch<TEntity>(Action<InformerOptions>? configure = null)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        if (configure is not null)
        {
            Services.Configure(ResourceType.Of<TEntity>().ToString(), configure);
        }

        if (Services.Any(service => service.ServiceType == typeof(Informer<TEntity>)))
        {
            return this;
        }

        Services.AddSingleton<ObjectStore<TEntity>>();
        Services.AddSingleton<IEntityStore<TEntity>>(provider => provider.GetRequiredService<ObjectStore<TEntity>>());
        Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Informer<TEntity>>(
            provider, provider.GetRequiredService<IOptionsMonitor<InformerOptions>>().Get(ResourceType.Of<TEntity>().ToString())));
        Services.AddSingleton<IInformer>(provider => provider.GetRequiredService<Informer<TEntity>>());
        Services.AddSingleton<FinalizerManager<TEntity>>();
        Services.AddSingleton(provider => new StatusWriter<TEntity>(
            provider.GetRequiredService<EntityClient>(),
            provider.GetRequiredService<ObjectStore<TEntity>>(),
            provider.GetRequiredService<StatusBaselines>(),
            provider.GetRequiredService<TimeProvider>()));
        Services.TryAddSingleton<IEntityQueue<TEntity>, EntityQueue<TEntity>>();
        return this;
    }

    /// <summary>Adds an index to the store of a kind, for <see cref="IEntityStore{TEntity}.ListBy"/>.</summary>
    /// <param name="name">The name to ask by.</param>
    /// <param name="values">The values of an object: a pure function of it that does not throw.</param>
    public OperatorBuilder AddIndex<TEntity>(string name, Func<TEntity, IEnumerable<string>> values)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        Services.AddSingleton(new EntityIndex<TEntity>(name, values));
        return Watch<TEntity>();
    }
}
