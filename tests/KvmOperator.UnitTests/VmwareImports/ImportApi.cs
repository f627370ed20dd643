using System.Net;
using System.Text;
using k8s;
using KvmOperator.Api.VirtualMachines;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>Stands for an API server that keeps VirtualMachines, and says of everything else that it is gone, which is no error.</summary>
internal sealed class ImportApi : DelegatingHandler
{
    /// <summary>The guests, by their names.</summary>
    public Dictionary<string, VirtualMachine> Guests { get; } = new(StringComparer.Ordinal);

    /// <summary>How often a guest was made.</summary>
    public int Made { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var parts = request.RequestUri!.AbsolutePath.Split('/');
        if (parts.Contains("virtualmachines", StringComparer.Ordinal))
        {
            if (request.Method == HttpMethod.Post)
            {
                var guest = KubernetesJson.Deserialize<VirtualMachine>(await request.Content!.ReadAsStringAsync(cancellationToken));
                if (!Guests.TryAdd(guest.Metadata.Name, guest))
                {
                    return Answer(HttpStatusCode.Conflict, "{}");
                }

                Made++;
                return Answer(HttpStatusCode.Created, KubernetesJson.Serialize(guest));
            }

            if (request.Method == HttpMethod.Get && Guests.TryGetValue(parts[^1], out var known))
            {
                return Answer(HttpStatusCode.OK, KubernetesJson.Serialize(known));
            }
        }

        return Answer(HttpStatusCode.NotFound, "{}");
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
}
