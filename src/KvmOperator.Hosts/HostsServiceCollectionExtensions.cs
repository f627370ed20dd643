using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KvmOperator.Hosts;

/// <summary>Registers what is done on hosts.</summary>
public static class HostsServiceCollectionExtensions
{
    /// <summary>Adds everything of this assembly as singletons. A <see cref="TimeProvider"/> is added when there is none; logging must be there.</summary>
    public static IServiceCollection AddKvmHosts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IHostShells, HostShells>();
        services.TryAddSingleton<IHostJobs, SystemdJobs>();
        services.TryAddSingleton<IHostObserver, HostObserver>();
        services.TryAddSingleton<IDomains, VirshDomains>();
        services.TryAddSingleton<ICpuBaseline, CpuBaseline>();
        services.TryAddSingleton<IMigrations, VirshMigrations>();
        return services;
    }
}
