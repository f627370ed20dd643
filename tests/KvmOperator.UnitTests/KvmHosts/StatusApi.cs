using System.Net;
using System.Text;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>Stands for an API server: answers every read with a Secret that holds a password, notes what is written, and says that the object is gone, which is no error.</summary>
internal sealed class StatusApi : DelegatingHandler
{
    /// <summary>What the Secret holds as password.</summary>
    public string Password { get; set; } = "secret";

    /// <summary>The bodies of all writes.</summary>
    public List<string> Writes { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Get)
        {
            var password = Convert.ToBase64String(Encoding.UTF8.GetBytes(Password));
            return Answer(HttpStatusCode.OK, $$$"""{"kind":"Secret","apiVersion":"v1","data":{"password":"{{{password}}}","passphrase":"{{{password}}}"}}""");
        }

        Writes.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
        return Answer(HttpStatusCode.NotFound, "{}");
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
}
