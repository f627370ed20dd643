using KvmOperator.Hosts.Beat.Servers;
using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Fencing;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Hosts.Vmware;
using KvmOperator.Hosts.Watch;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KvmOperator.Hosts;

/// <summary>Registers what is done on hosts.</summary>
public static class HostsServiceCollectionExtensions
{
    /// <summary>Adds everything of this assembly as singletons. A <see cref="TimeProvider"/> is added when there is none; logging and an <see cref="ILeaderEpoch"/> must be there.</summary>
    public static IServiceCollection AddKvmHosts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IHostShells, HostShells>();
        services.TryAddSingleton<IHostGuard, HostGuard>();
        services.TryAddSingleton<IHostJobs, SystemdJobs>();
        services.TryAddSingleton<IGuestRendering, GuestRendering>();
        services.TryAddSingleton<IHostObserver, HeldHostObserver>();
        services.TryAddSingleton<ILibvirtConnections, HeldLibvirtConnections>();
        services.TryAddSingleton<HostLibvirts>();
        services.TryAddSingleton<VirshDomains>();
        services.TryAddSingleton<IGuestEvidenceReader, VirshEvidence>();
        services.TryAddSingleton<IDomains, LibvirtDomains>();
        services.TryAddSingleton<CpuBaseline>();
        services.TryAddSingleton<ICpuBaseline, LibvirtCpuBaseline>();
        services.TryAddSingleton<IKeptGuests, KeptGuests>();
        services.TryAddSingleton<IMigrations, VirshMigrations>();
        services.TryAddSingleton<IDiskImages, QemuImages>();
        services.TryAddSingleton<ICloudInitImages, CloudInitImages>();
        services.TryAddSingleton<IVmwareSources, HostSources>();
        services.TryAddSingleton<IVmwareImages, VmwareImages>();
        services.TryAddSingleton<INfsClient, NfsClient>();
        services.TryAddSingleton<INfsServer, NfsServer>();
        services.TryAddSingleton<IStorageFencing, StorageFencing>();
        services.TryAddSingleton<IHostProbes, HostProbes>();
        services.TryAddSingleton<IHostCleaning, HostCleaning>();
        services.TryAddSingleton<IPeerKeys, PeerKeys>();
        services.TryAddSingleton<IServerBeats, HeldServerBeats>();
        services.TryAddSingleton<PackageManager>();
        services.TryAddSingleton<StepJobs>();
        services.TryAddSingleton<IPeerIdentities, PeerIdentities>();
        services.TryAddSingleton<IHostPreparation, HostPreparation>();
        services.TryAddEnumerable(
        [
            ServiceDescriptor.Singleton<IPreparationStep, HostNames>(),
            ServiceDescriptor.Singleton<IPreparationStep, Firewall>(),
            ServiceDescriptor.Singleton<IPreparationStep, Selinux>(),
            ServiceDescriptor.Singleton<IPreparationStep, TimeSynchronization>(),
            ServiceDescriptor.Singleton<IPreparationStep, Virtualization>(),
            ServiceDescriptor.Singleton<IPreparationStep, PeerTrust>(),
            ServiceDescriptor.Singleton<IPreparationStep, StoreMounts>(),
        ]);
        return services;
    }
}
