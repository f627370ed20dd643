using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace KvmOperator.ApiTests.Faults;

/// <summary>Sends the head of an answer before there is a body, as the API server does for a watch that has nothing to say yet.</summary>
internal sealed class PromptHead : HttpTransformer
{
    public static PromptHead Instance { get; } = new();

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        await httpContext.Response.StartAsync(cancellationToken);
        return copyBody;
    }
}
