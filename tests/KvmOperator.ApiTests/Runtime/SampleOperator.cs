using k8s;
using KvmOperator.ApiTests.Runtime.Sample;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.LeaderElection;
using KvmOperator.Runtime.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>A whole operator for widgets in this process, built as a third party would build it.</summary>
internal sealed class SampleOperator : IAsyncDisposable
{
    private readonly IHost host;

    private SampleOperator(IHost host) => this.host = host;

    public WidgetWorkshop Workshop => Service<WidgetWorkshop>();

    public IEntityStore<Widget> Store => Service<IEntityStore<Widget>>();

    public Uri Monitoring => Service<MonitoringService>().Address!;

    /// <summary>Builds and starts the operator; it watches one namespace, so that tests do not see each other's widgets.</summary>
    public static async Task<SampleOperator> StartAsync(
        KubernetesClientConfiguration client,
        string ofNamespace,
        CancellationToken cancellationToken,
        Action<OperatorBuilder>? configure = null,
        Action<ControllerOptions<Widget>>? controller = null,
        Action<OperatorSettings>? settings = null,
        WidgetWorkshop? workshop = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(workshop ?? new WidgetWorkshop());
        var operatorBuilder = builder.Services
            .AddKubernetesOperator(options =>
            {
                options.Name = "sample-operator";
                options.Namespace = ofNamespace;
                options.Client = client;
                options.LeaderElectionType = LeaderElectionType.None;
                options.MonitoringPort = 0;
                options.MonitoringAddress = System.Net.IPAddress.Loopback;
                settings?.Invoke(options);
            })
            .AddController<WidgetController, Widget>(controller)
            .Watch<Widget>(options => options.Namespace = ofNamespace);
        configure?.Invoke(operatorBuilder);
        var sample = new SampleOperator(builder.Build());
        await sample.host.StartAsync(cancellationToken);
        return sample;
    }

    public TService Service<TService>()
        where TService : notnull => host.Services.GetRequiredService<TService>();

    /// <summary>Stops as on SIGTERM; answers when all is done.</summary>
    public Task StopAsync() => host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
