using System.Net;
using System.Text;
using k8s;
using KvmOperator.Runtime.Api;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>An API server that a test answers for, where a real one could not be made to do at the right moment what the test is about.</summary>
internal sealed class FakeApiServer(Func<FakeApiRequest, CancellationToken, Task<HttpResponseMessage>> answer) : DelegatingHandler
{
    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Refused(HttpStatusCode status, string reason = "") => Json($$"""{"kind":"Status","reason":"{{reason}}","message":"{{status}}"}""", status);

    /// <summary>A client of this server.</summary>
    public EntityClient Client(TimeProvider clock) => new(new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, this), clock);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        return await answer(new FakeApiRequest(request.Method.Method, request.RequestUri!.AbsolutePath, request.RequestUri.Query, body), cancellationToken);
    }
}
