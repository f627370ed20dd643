using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace KvmOperator.ApiTests.Faults;

/// <summary>
/// A reverse proxy before the real API server that does harm on request: drops watches, delays, answers 429 or 5xx, or refuses everything.
/// It also counts what passes. Without a fault it changes nothing.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private static readonly ForwarderRequestConfig Patient = new() { ActivityTimeout = TimeSpan.FromMinutes(30) };
    private readonly WebApplication application;
    private readonly HttpMessageInvoker upstream;
    private readonly string destination;
    private readonly ConcurrentDictionary<Guid, HttpContext> watches = new();
    private readonly ConcurrentDictionary<Guid, HttpContext> ordinary = new();
    private readonly ConcurrentQueue<ForwardedRequest> requests = new();
    private readonly List<Fault> faults = [];
    private readonly Lock guard = new();
    private volatile bool outage;

    private FaultProxy(WebApplication application, HttpMessageInvoker upstream, string destination)
    {
        this.application = application;
        this.upstream = upstream;
        this.destination = destination;
    }

    /// <summary>Where clients find the proxy: http on loopback.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>What came in since the start or the last <see cref="ForgetRequests"/>, refused requests included.</summary>
    public IReadOnlyCollection<ForwardedRequest> Requests => requests;

    /// <summary>How many watches are open through the proxy.</summary>
    public int OpenWatches => watches.Count;

    /// <summary>Starts a proxy before the server of a client configuration, whose authority it trusts. Credentials are the caller's and pass through.</summary>
    public static async Task<FaultProxy> StartAsync(KubernetesClientConfiguration target, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        var server = builder.Build();
        var proxy = new FaultProxy(server, new HttpMessageInvoker(Handler(target)), target.Host);
        var forwarder = server.Services.GetRequiredService<IHttpForwarder>();
        server.Run(context => proxy.HandleAsync(context, forwarder));
        await server.StartAsync(cancellationToken);
        var addresses = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        proxy.Address = new Uri(addresses.Addresses.Single());
        return proxy;
    }

    /// <summary>Breaks every open watch in the middle of the stream; returns how many there were.</summary>
    public int DropWatches() => Abort(watches);

    /// <summary>From now on every request is refused and what is under way is broken, until <see cref="Heal"/>.</summary>
    public void Outage()
    {
        outage = true;
        Abort(watches);
        Abort(ordinary);
    }

    /// <summary>Ends the outage and takes all faults back.</summary>
    public void Heal()
    {
        lock (guard)
        {
            faults.Clear();
        }

        outage = false;
    }

    /// <summary>Answers matching requests with a status instead of passing them on.</summary>
    /// <param name="matches">Which requests.</param>
    /// <param name="status">For example 429 or 503.</param>
    /// <param name="times">How many of them; then the fault is over.</param>
    /// <param name="retryAfter">Sent as Retry-After, in whole seconds.</param>
    public void Answer(Func<HttpRequest, bool> matches, HttpStatusCode status, int times = int.MaxValue, TimeSpan? retryAfter = null) =>
        Add(new Fault(matches, TimeSpan.Zero, status, retryAfter) { Remaining = times });

    /// <summary>Holds matching requests back before they are passed on.</summary>
    public void Delay(Func<HttpRequest, bool> matches, TimeSpan delay, int times = int.MaxValue) =>
        Add(new Fault(matches, delay, null, null) { Remaining = times });

    /// <summary>Starts a new count of <see cref="Requests"/>.</summary>
    public void ForgetRequests() => requests.Clear();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Abort(watches);
        Abort(ordinary);
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
        upstream.Dispose();
    }

    private static SocketsHttpHandler Handler(KubernetesClientConfiguration target)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, UseCookies = false };
        if (target.SslCaCerts is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return handler;
    }

    private static int Abort(ConcurrentDictionary<Guid, HttpContext> contexts)
    {
        var aborted = 0;
        foreach (var id in contexts.Keys)
        {
            if (contexts.TryRemove(id, out var context))
            {
                context.Abort();
                aborted++;
            }
        }

        return aborted;
    }

    private void Add(Fault fault)
    {
        lock (guard)
        {
            faults.Add(fault);
        }
    }

    private Fault? TakeFault(HttpRequest request)
    {
        lock (guard)
        {
            var fault = faults.FirstOrDefault(candidate => candidate.Remaining > 0 && candidate.Matches(request));
            if (fault is not null)
            {
                fault.Remaining--;
            }

            return fault;
        }
    }

    private async Task HandleAsync(HttpContext context, IHttpForwarder forwarder)
    {
        var isWatch = context.Request.Query["watch"] == "true";
        requests.Enqueue(new ForwardedRequest(context.Request.Method, context.Request.Path, context.Request.QueryString.Value ?? string.Empty, isWatch));
        var id = Guid.NewGuid();
        var underWay = isWatch ? watches : ordinary;
        underWay[id] = context;
        try
        {
            if (outage)
            {
                context.Abort();
                return;
            }

            if (TakeFault(context.Request) is { } fault && await ApplyAsync(fault, context))
            {
                return;
            }

            await forwarder.SendAsync(context, destination, upstream, Patient, isWatch ? PromptHead.Instance : HttpTransformer.Default);
        }
        finally
        {
            underWay.TryRemove(id, out _);
        }
    }

    /// <summary>True when the fault has answered the request.</summary>
    private static async Task<bool> ApplyAsync(Fault fault, HttpContext context)
    {
        await Task.Delay(fault.Delay, TimeProvider.System, context.RequestAborted);
        if (fault.Status is not { } status)
        {
            return false;
        }

        context.Response.StatusCode = (int)status;
        if (fault.RetryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = ((int)pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return true;
    }

    private sealed record Fault(Func<HttpRequest, bool> Matches, TimeSpan Delay, HttpStatusCode? Status, TimeSpan? RetryAfter)
    {
        public int Remaining { get; set; }
    }
}
