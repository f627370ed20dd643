using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Failover;
using KvmOperator.Hosts;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Failures;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.KvmHosts;
using KvmOperator.KvmHosts.Draining;
using KvmOperator.KvmHosts.Relief;
using KvmOperator.NfsStores;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Settings;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Deletion;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;
using KvmOperator.VirtualMachines.Networks;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Verification;
using KvmOperator.VmwareImports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvmOperator;

/// <summary>Puts the operator together: the rooms and their controllers.</summary>
internal static class OperatorComposition
{
    private const string OperatorName = "kvm-operator";
    private const string TraceReceiver = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Passes over machines, guests and moves mostly wait for hosts, up to a connection's time limit when a machine's packets vanish. So many may be away at once before the looks at the others suffer.
    /// </summary>
    private const int MachineWorkers = 64;

    /// <summary>Imports are few, and mostly wait for their hosts' disks.</summary>
    private const int ImportWorkers = 16;

    /// <summary>
    /// Adds the operator. Settings come from <c>KVM_OPERATOR_…</c>: NAMESPACE (where its Secrets and its lease are), MONITORING_PORT. Traces are
    /// sent when OTEL_EXPORTER_OTLP_ENDPOINT says where to; OpenTelemetry's other variables say how.
    /// </summary>
    public static void AddKvmOperator(this IServiceCollection services, IConfiguration configuration)
    {
        AddTraces(services, configuration);
        services.AddKvmHosts();
        services.AddSingleton<ShellMetrics>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<DomainIndex>();
        services.AddSingleton<PoolViews>();
        services.AddSingleton<StoreAccessView>();
        services.AddSingleton<HostLoads>();
        services.AddSingleton<GuestPlaces>();
        services.AddSingleton<GuestFiles>();
        services.AddSingleton<FileUsers>();
        services.AddSingleton<ILeaderEpoch, LeaderEpoch>();
        services.AddSingleton<MachineConnections>();
        services.AddSingleton<HostMemory>();
        services.AddSingleton<DrainReading>();
        services.AddSingleton<HostDrain>();
        services.AddSingleton<LoadTracks>();
        services.AddSingleton<ReliefReading>();
        services.AddSingleton<HostRelief>();
        services.AddSingleton<LookMetrics>();
        services.AddHostedService<ObjectMetrics>();
        services.AddSingleton<HostObservations>();
        services.AddSingleton<StoreAccessChecks>();
        services.AddSingleton<StoreServers>();
        services.AddSingleton<GuestHosts>();
        services.AddSingleton<GuestStores>();
        services.AddSingleton<GuestMemory>();
        services.AddSingleton<MacAddressBook>();
        services.AddSingleton<PlacementGate>();
        services.AddSingleton<PoolCpuModels>();
        services.AddSingleton<DiskCreation>();
        services.AddSingleton<DomainChanges>();
        services.AddSingleton<DefinitionKeeping>();
        services.AddSingleton<GuestPower>();
        services.AddSingleton<GuestKeeping>();
        services.AddSingleton<GuestCreation>();
        services.AddSingleton<GuestAdoption>();
        services.AddSingleton<IMigrationHosts, MigrationHosts>();
        services.AddSingleton<MigrationVerification>();
        services.AddSingleton<MigrationStart>();
        services.AddSingleton<MigrationRun>();
        services.AddSingleton<MigrationEnd>();
        services.AddSingleton<MigrationRetention>();
        services.AddSingleton<IImportHosts, ImportHosts>();
        services.AddSingleton<SourceInspection>();
        services.AddSingleton<ImportBeginning>();
        services.AddSingleton<ImportConversion>();
        services.AddSingleton<ImportDefinition>();
        services.AddSingleton<ImportProof>();
        services.AddSingleton<ImportTrimming>();
        services.AddSingleton<LiveSettings>();
        services.AddSingleton<FailoverDisarm>();
        services.AddSingleton<FailoverNews>();
        services.AddSingleton<IFailoverMachines, FailoverMachines>();
        services.AddSingleton<IFailoverObjects, FailoverObjects>();
        services.AddSingleton<FailoverGuests>();
        services.AddSingleton<FailoverWakes>();
        services.AddSingleton<FailoverLoop>();
        var ownNamespace = configuration["KVM_OPERATOR_NAMESPACE"] ?? OperatorName;
        services
            .AddKubernetesOperator(settings =>
            {
                settings.Name = OperatorName;
                settings.Namespace = ownNamespace;
                settings.AnnotationDomain = ApiGroup.Name;
                settings.IsExpected = error => error is HostException;
                settings.MonitoringPort = configuration.GetValue("KVM_OPERATOR_MONITORING_PORT", 8080);
            })
            .Watch<V1Secret>(options => options.Namespace = ownNamespace)
            .Watch<V1ConfigMap>(options => options.Namespace = ownNamespace)
            .AddController<SettingsController, V1ConfigMap>(options => options.Workers = 1)
            .AddIndexes(HostIndexes.OfHosts)
            .AddIndexes(HostIndexes.OfStores)
            .AddIndexes(GuestIndexes.All)
            .AddIndexes(MoveIndexes.All)
            .AddIndexes(ImportIndexes.All)
            .AddController<KvmHostController, KvmHost>(options =>
            {
                options.Workers = MachineWorkers;

                // A switch that takes its hosts away takes at most half of the workers: each of them is waited for, again and again.
                options.LimitBy(HostSilence.Group, MachineWorkers / 2);
                options.Watches<V1Secret>(NamedBy<KvmHost>);
                options.Watches<VmMigration>(move => OwnMoves.DrainOf(move) is { } host ? [new EntityKey(null, host)] : [], (before, now) => before.Status?.Phase != now.Status?.Phase);
                options.Watches<VirtualMachine>(
                    (guest, services) => DefaultNetwork.HostsOf(guest, services.GetRequiredService<IEntityStore<VirtualMachine>>(), services.GetRequiredService<IEntityStore<KvmHost>>()), DefaultNetwork.IsNews);
            })
            .AddFinalizer<KvmHostFinalizer, KvmHost>(Finalizers.Host)
            .AddController<NfsStoreController, NfsStore>(options =>
            {
                options.Workers = MachineWorkers;
                options.Watches<V1Secret>(NamedBy<NfsStore>);
            })
            .AddFinalizer<NfsStoreFinalizer, NfsStore>(Finalizers.Store)
            .AddController<VirtualMachineController, VirtualMachine>(options =>
            {
                options.Workers = MachineWorkers;
                options.Watches<VmMigration>(migration => [new EntityKey(migration.Namespace(), migration.Spec.VirtualMachineRef.Name)], GuestMoves.IsNews);
            })
            .AddFinalizer<VirtualMachineFinalizer, VirtualMachine>(Finalizers.VirtualMachine)
            .AddController<VmMigrationController, VmMigration>(options => options.Workers = MachineWorkers)
            .AddFinalizer<VmMigrationFinalizer, VmMigration>(Finalizers.Migration)
            .AddController<VmwareImportController, VmwareImport>(options => options.Workers = ImportWorkers)
            .AddFinalizer<VmwareImportFinalizer, VmwareImport>(Finalizers.Import)
            .Services.AddHostedService<FailoverService>();
    }

    /// <summary>Changed credentials are tried at once by whoever names them.</summary>
    private static IEnumerable<EntityKey> NamedBy<TEntity>(V1Secret secret, IServiceProvider services)
        where TEntity : class, IKubernetesObject<V1ObjectMeta> =>
        services.GetRequiredService<IEntityStore<TEntity>>().ListBy(HostIndexes.BySecret, secret.Name()).Select(EntityKey.Of);

    private static OperatorBuilder AddIndexes<TEntity>(this OperatorBuilder builder, IEnumerable<EntityIndex<TEntity>> indexes)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        foreach (var index in indexes)
        {
            builder.AddIndex(index.Name, index.Values);
        }

        return builder;
    }

    private static void AddTraces(IServiceCollection services, IConfiguration configuration)
    {
        // Without a receiver every span would be made for nobody.
        if (!string.IsNullOrEmpty(configuration[TraceReceiver]))
        {
            services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService(OperatorName))
                .WithTracing(tracing => tracing.AddSource(RuntimeTelemetry.ActivitySourceName).AddOtlpExporter());
        }
    }
}
