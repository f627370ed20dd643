using System.Net;
using System.Text;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>Stands for an API server: notes what is written, takes what is created, and says that each other object is gone, which is no error.</summary>
internal sealed class StatusApi : DelegatingHandler
{
    /// <summary>The bodies of all writes.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The names of all objects that were deleted.</summary>
    public List<string> Deleted { get; } = [];

    /// <summary>The bodies of all objects that were created.</summary>
    public List<string> Created { get; } = [];

    /// <summary>What is said to an object that is to be created.</summary>
    public HttpStatusCode OnCreate { get; set; } = HttpStatusCode.Created;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Delete)
        {
            Deleted.Add(request.RequestUri!.AbsolutePath.Split('/')[^1]);
        }
        else if (request.Method == HttpMethod.Post)
        {
            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            if (OnCreate == HttpStatusCode.Created)
            {
                Created.Add(body);
            }

            return new HttpResponseMessage(OnCreate) { Content = new StringContent(OnCreate == HttpStatusCode.Created ? body : """{"message": "no"}""", Encoding.UTF8, "application/json") };
        }
        else if (request.Content is { } content)
        {
            Writes.Add(await content.ReadAsStringAsync(cancellationToken));
        }

        return new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
    }
}
