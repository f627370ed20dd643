using System.Text;
using KvmOperator.Runtime.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Serves /livez, /readyz and /metrics over plain HTTP on a port of their own, from the first moment to the last.</summary>
/// <param name="settings">Says where.</param>
/// <param name="health">The checks behind the endpoints.</param>
/// <param name="registry">What is measured.</param>
/// <param name="loggers">Where the web server logs to.</param>
public sealed class MonitoringService(
    OperatorSettings settings, HealthCheckService health, CollectorRegistry registry, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private const string MetricsMediaType = "text/plain; version=0.0.4; charset=utf-8";
    private WebApplication? application;

    /// <summary>Where the endpoints are; null when the settings want none.</summary>
    public Uri? Address { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.MonitoringPort is not { } port)
        {
            return;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (settings.MonitoringAddress is { } address)
            {
                kestrel.Listen(address, port);
            }
            else
            {
                kestrel.ListenAnyIP(port);
            }
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        application = builder.Build();
        application.Run(AnswerAsync);
        await application.StartAsync(cancellationToken);
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => application?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/livez" => AnswerHealthAsync(context, HealthTags.Live),
        "/readyz" => AnswerHealthAsync(context, HealthTags.Ready),
        "/metrics" => AnswerMetricsAsync(context),
        _ => Results.NotFound().ExecuteAsync(context),
    };

    private async Task AnswerHealthAsync(HttpContext context, string tag)
    {
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(tag), context.RequestAborted);
        var text = new StringBuilder();
        foreach (var (name, entry) in report.Entries)
        {
            text.Append(entry.Status == HealthStatus.Unhealthy ? "[-]" : "[+]").Append(name).Append(' ').Append(entry.Description ?? "ok").Append('\n');
        }

        context.Response.StatusCode = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.ContentType = "text/plain";
        await context.Response.WriteAsync(text.Append(report.Status).Append('\n').ToString(), context.RequestAborted);
    }

    private async Task AnswerMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricsMediaType;
        await registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }
}
