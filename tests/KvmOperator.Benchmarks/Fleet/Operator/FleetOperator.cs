using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Benchmarks.Fleet.Operator;

/// <summary>The operator as the product composes it, in a process of its own; only the connections to its hosts lead to the simulation.</summary>
internal static class FleetOperator
{
    /// <summary>Runs until it is told to stop. Everything else is set as in the product, by its own environment variables.</summary>
    /// <param name="socket">Where the simulated hosts listen.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task RunAsync(string socket, CancellationToken cancellationToken)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.AddConsoleLog();
        builder.Services.AddSingleton<IHostShells>(services =>
            new SimulatedShells(socket, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SimulatedShells>>()));
        builder.Services.AddKvmOperator(builder.Configuration);
        await builder.Build().RunAsync(cancellationToken);
    }
}
