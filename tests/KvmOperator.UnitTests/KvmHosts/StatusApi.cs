using System.Net;
using System.Text;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>Stands for an API server: notes what is written, and says that each object is gone, which is no error.</summary>
internal sealed class StatusApi : DelegatingHandler
{
    /// <summary>The bodies of all writes.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The names of all objects that were deleted.</summary>
    public List<string> Deleted { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Delete)
        {
            Deleted.Add(request.RequestUri!.AbsolutePath.Split('/')[^1]);
        }
        else if (request.Content is { } content)
        {
            Writes.Add(await content.ReadAsStringAsync(cancellationToken));
        }

        return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
    }
}
