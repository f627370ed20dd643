using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Connections;
using KvmOperator.Hosts;
using KvmOperator.KvmHosts;
using KvmOperator.NfsStores;
using KvmOperator.Runtime.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace KvmOperator;

/// <summary>Puts the operator together: the rooms and their controllers.</summary>
internal static class OperatorComposition
{
    /// <summary>Adds the operator. Settings come from <c>KVM_OPERATOR_…</c>: NAMESPACE (where its Secrets and its lease are), MONITORING_PORT.</summary>
    public static void AddKvmOperator(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddKvmHosts();
        services.AddSingleton<MachineConnections>();
        services.AddSingleton<HostMemory>();
        services.AddSingleton<HostObservations>();
        services.AddSingleton<StoreAccessChecks>();
        services
            .AddKubernetesOperator(settings =>
            {
                settings.Name = "kvm-operator";
                settings.Namespace = configuration["KVM_OPERATOR_NAMESPACE"] ?? "kvm-operator";
                settings.MonitoringPort = configuration.GetValue("KVM_OPERATOR_MONITORING_PORT", 8080);
            })
            .AddController<KvmHostController, KvmHost>()
            .AddFinalizer<KvmHostFinalizer, KvmHost>(Finalizers.Host)
            .AddController<NfsStoreController, NfsStore>()
            .AddFinalizer<NfsStoreFinalizer, NfsStore>(Finalizers.Store)
            .Watch<VirtualMachine>();
    }
}
