using k8s;
using KvmOperator.KvmHosts;
using KvmOperator.NfsStores;
using KvmOperator.Settings;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Deletion;
using KvmOperator.VmMigrations;
using KvmOperator.VmwareImports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KvmOperator.UnitTests.Architecture;

/// <summary>The operator is put together so that everything finds what it needs.</summary>
public sealed class CompositionTests
{
    [Theory]
    [InlineData(typeof(KvmHostController))]
    [InlineData(typeof(KvmHostFinalizer))]
    [InlineData(typeof(NfsStoreController))]
    [InlineData(typeof(NfsStoreFinalizer))]
    [InlineData(typeof(VirtualMachineController))]
    [InlineData(typeof(VirtualMachineFinalizer))]
    [InlineData(typeof(VmMigrationController))]
    [InlineData(typeof(VmMigrationFinalizer))]
    [InlineData(typeof(VmwareImportController))]
    [InlineData(typeof(VmwareImportFinalizer))]
    [InlineData(typeof(SettingsController))]
    [InlineData(typeof(KvmOperator.Failover.FailoverLoop))]
    internal async Task Every_controller_and_finalizer_can_be_made(Type type)
    {
        var services = new ServiceCollection();
        services.AddKvmOperator(new ConfigurationBuilder().Build());
        services.AddSingleton(new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }));
        await using var provider = services.BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();

        Assert.NotNull(scope.ServiceProvider.GetRequiredService(type));
    }
}
