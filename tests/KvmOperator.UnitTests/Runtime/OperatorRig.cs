using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Controllers;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Runtime.Status;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Controllers with all that the runtime puts around them, without a process, leadership and a cluster.</summary>
internal sealed class OperatorRig : IUndecodableObserver, IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly FakeApiServer server;
    private readonly ServiceCollection services = new();
    private readonly List<Task> running = [];

    public OperatorRig(FakeApiServer server, TimeProvider? clock = null)
    {
        this.server = server;
        services.AddSingleton(clock ?? TimeProvider.System);
        services.AddSingleton(Settings);
        services.AddSingleton(new RuntimeMetrics(Metrics.NewCustomRegistry()));
        services.AddSingleton(server.Client(clock ?? TimeProvider.System));
        services.AddSingleton<StatusBaselines>();
        services.AddSingleton<IUndecodableObserver>(this);
        services.AddLogging(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Debug));
        Builder = new OperatorBuilder(services);
    }

    public OperatorBuilder Builder { get; }

    public OperatorSettings Settings { get; } = new();

    public RecordedLog Log { get; } = new();

    public IServiceProvider Services => field ??= services.BuildServiceProvider();

    /// <summary>Adds a controller that does what a function does.</summary>
    public OperatorRig Add<TEntity>(Func<TEntity, CancellationToken, Task<TimeSpan?>> work, Action<ControllerOptions<TEntity>>? configure = null)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>
    {
        services.AddSingleton(work);
        Builder.AddController<DelegateController<TEntity>, TEntity>(configure);
        return this;
    }

    /// <summary>Begins, as a leader does. Answers when all is listed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var controllers = Services.GetServices<IControllerRunner>().ToArray();
        foreach (var informer in Services.GetServices<IInformer>())
        {
            running.Add(Task.Run(() => informer.RunAsync(stop.Token), CancellationToken.None));
            await informer.WaitForSyncAsync(cancellationToken);
        }

        running.AddRange(controllers.Select(controller => controller.RunAsync(() => true, stop.Token, stop.Token)));
    }

    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }

        await stop.CancelAsync();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        await ((ServiceProvider)Services).DisposeAsync();
        server.Dispose();
    }

    void IUndecodableObserver.Found(V1ObjectReference reference, string message)
    {
    }

    void IUndecodableObserver.Counted(string kind, int count)
    {
    }
}
