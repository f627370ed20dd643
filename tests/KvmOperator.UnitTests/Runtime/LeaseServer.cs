using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Holds one lease, writes only on the version that was read, and answers as slowly as a test wants.</summary>
internal sealed class LeaseServer(TimeProvider clock)
{
    private readonly Lock guard = new();
    private JsonObject? lease;
    private int version = 1;

    /// <summary>Who holds the lease; null when there is none.</summary>
    public string? Holder
    {
        get => (string?)lease?["spec"]?["holderIdentity"];
        set => Set(value is null ? null : Lease(value));
    }

    /// <summary>The whole lease, for a backup.</summary>
    public JsonObject? Content
    {
        get
        {
            lock (guard)
            {
                return lease?.DeepClone().AsObject();
            }
        }
    }

    public string? Epoch => Annotation("epoch");

    public string? Installation => Annotation("installation");

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether nothing is answered but errors.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether the next write is done, and the answer lost.</summary>
    public bool LosesNextAnswer { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Answers { get; private set; }

    public FakeApiServer Server => new(AnswerAsync);

    /// <summary>Puts a lease in the place of the one that is there, as somebody else, a deletion or a backup does.</summary>
    public void Set(JsonObject? content)
    {
        lock (guard)
        {
            lease = content?.DeepClone().AsObject();
            Touch();
        }
    }

    private static JsonObject Lease(string holder) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "lease" },
        ["spec"] = new JsonObject { ["holderIdentity"] = holder, ["leaseDurationSeconds"] = 5 },
    };

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject inner && into[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                into[name] = value?.DeepClone();
            }
        }
    }

    private string? Annotation(string name) => (string?)lease?["metadata"]?["annotations"]?[$"example.com/{name}"];

    private void Touch()
    {
        version++;
        if (lease is not null)
        {
            lease["metadata"]!["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(FakeApiRequest request, CancellationToken cancellationToken)
    {
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, clock, cancellationToken);
        }

        lock (guard)
        {
            Answers++;
            if (IsAway)
            {
                return FakeApiServer.Refused(HttpStatusCode.ServiceUnavailable);
            }

            if (request.Method == "POST" && lease is null)
            {
                lease = JsonNode.Parse(request.Body)!.AsObject();
                Touch();
            }
            else if (request.Method != "GET" && lease is not null)
            {
                var patch = JsonNode.Parse(request.Body)!.AsObject();
                if (request.Method == "POST" || (string?)patch["metadata"]!["resourceVersion"] != (string?)lease["metadata"]!["resourceVersion"])
                {
                    return FakeApiServer.Refused(HttpStatusCode.Conflict);
                }

                Merge(lease, patch);
                Touch();
            }

            if (request.Method != "GET" && LosesNextAnswer)
            {
                LosesNextAnswer = false;
                return FakeApiServer.Refused(HttpStatusCode.ServiceUnavailable);
            }

            return lease is null ? FakeApiServer.Refused(HttpStatusCode.NotFound) : FakeApiServer.Json(lease.ToJsonString());
        }
    }
}
