using System.Net.Http.Headers;
using k8s;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace KvmOperator.Runtime.Hosting;

/// <summary>Makes a host an operator.</summary>
public static class OperatorServices
{
    /// <summary>The kubelet kills after 30 s.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(25);

    /// <summary>
    /// Adds everything that controllers need; add the controllers to the answer. Of use to others too: <see cref="EntityClient"/>,
    /// <see cref="IEventRecorder"/>, <see cref="ILeadership"/>, and <see cref="IMetricFactory"/> for metrics of one's own.
    /// </summary>
    public static OperatorBuilder AddKubernetesOperator(this IServiceCollection services, Action<OperatorSettings>? configure = null)
    {
        var settings = new OperatorSettings();
        configure?.Invoke(settings);
        settings.LeaderElection.Validate();

        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => CreateRegistry());
        services.TryAddSingleton<IMetricFactory>(provider => Metrics.WithCustomRegistry(provider.GetRequiredService<CollectorRegistry>()));
        services.AddSingleton<RuntimeMetrics>();
        services.TryAddSingleton<ProcessEnd>();
        services.AddSingleton(CreateClient);
        services.AddSingleton<IKubernetes>(provider => provider.GetRequiredService<Kubernetes>());
        services.AddSingleton(provider => new EntityClient(
            provider.GetRequiredService<Kubernetes>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<OperatorSettings>().Name));
        services.AddSingleton<StatusBaselines>();
        services.AddSingleton<EventRecorder>();
        services.AddSingleton<IEventRecorder>(provider => provider.GetRequiredService<EventRecorder>());
        services.AddSingleton<IUndecodableObserver, UndecodableReporter>();
        services.AddSingleton<MonitoringService>();
        // Probes come every few seconds; what they found is in their answer.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None));
        services.AddHealthChecks()
            .AddCheck("ping", () => Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Healthy(), [HealthTags.Live, HealthTags.Ready])
            .AddCheck<LivenessHealthCheck>("progress", tags: [HealthTags.Live])
            .AddCheck<SyncHealthCheck>("informer-sync", tags: [HealthTags.Ready]);
        services.Configure<HostOptions>(options => options.ShutdownTimeout = StopTime);

        // They start in this order and stop in the reverse one: work ends first, then leadership is released, and monitoring sees it all.
        services.AddHostedService(provider => provider.GetRequiredService<MonitoringService>());
        services.AddHostedService(provider => provider.GetRequiredService<EventRecorder>());
        AddLeadership(services, settings);
        services.AddSingleton<ControllerService>();
        services.AddHostedService<InformerService>();
        services.AddHostedService(provider => provider.GetRequiredService<ControllerService>());
        services.AddHostedService(provider => new HeapTrimmer(HeapTrimmer.Collect, provider.GetRequiredService<TimeProvider>()));
        return new OperatorBuilder(services);
    }

    private static void AddLeadership(IServiceCollection services, OperatorSettings settings)
    {
        if (settings.LeaderElectionType == LeaderElectionType.None)
        {
            services.AddSingleton<ILeadership, SoleLeadership>();
            return;
        }

        services.AddSingleton(provider =>
        {
            var clock = provider.GetRequiredService<TimeProvider>();
            var lease = new LeaseLock(
                provider.GetRequiredService<EntityClient>(), settings.Namespace, settings.Name, settings.Identity, settings.LeaderElection.LeaseDuration, settings.AnnotationDomain, clock);
            return new LeaderElector(
                lease, new LeaseObserver(settings.Identity, clock), settings.LeaderElection, clock, provider.GetRequiredService<ILogger<LeaderElector>>());
        });
        services.AddSingleton<ILeadership>(provider => provider.GetRequiredService<LeaderElector>());
        services.AddSingleton<ILiveness>(provider => provider.GetRequiredService<LeaderElector>());
        services.AddHostedService<LeaderElectionService>();
    }

    private static Kubernetes CreateClient(IServiceProvider provider)
    {
        var settings = provider.GetRequiredService<OperatorSettings>();
        var access = settings.Client ?? ClusterAccess.Find();
        access.FirstMessageHandlerSetup += ConnectionKeeping.Apply;
        var client = new Kubernetes(
            access,
            new RetryHandler(provider.GetRequiredService<TimeProvider>()),
            new RequestMetricsHandler(provider.GetRequiredService<RuntimeMetrics>(), provider.GetRequiredService<TimeProvider>()));

        // Audit logs and the server's own metrics tell clients apart by it.
        client.HttpClient.DefaultRequestHeaders.UserAgent.Clear();
        client.HttpClient.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(settings.Name, settings.Version));
        return client;
    }

    /// <summary>Metrics of the process are expected beside a controller's own: its memory, its processor time, since when it runs.</summary>
    private static CollectorRegistry CreateRegistry()
    {
        var registry = Metrics.NewCustomRegistry();
        DotNetStats.Register(registry);
        return registry;
    }
}
