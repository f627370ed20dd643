using System.Diagnostics;
using KvmOperator.Runtime.Monitoring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Xunit;

namespace KvmOperator.UnitTests.Operator;

public sealed class TraceTests
{
    [Fact]
    public void Passes_are_traced_when_there_is_somebody_to_send_them_to()
    {
        using var services = Services(new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1" });
        using var source = new ActivitySource(RuntimeTelemetry.ActivitySourceName);

        Assert.NotNull(services.GetService<TracerProvider>());
        using var span = source.StartActivity("reconcile");
        Assert.NotNull(span);
    }

    [Fact]
    public void Without_a_receiver_nothing_is_traced()
    {
        using var services = Services([]);

        Assert.Null(services.GetService<TracerProvider>());
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection().AddSingleton(configuration);
        services.AddKvmOperator(configuration);
        return services.BuildServiceProvider();
    }
}
