using System.Net;
using System.Text.Json.Nodes;

namespace KvmOperator.UnitTests.Runtime;

/// <summary>Holds one lease, and answers as slowly as a test wants.</summary>
internal sealed class LeaseServer(TimeProvider clock)
{
    private int version = 1;

    /// <summary>Who holds the lease; null when there is none.</summary>
    public string? Holder { get; set; }

    public int DurationSeconds { get; set; } = 5;

    /// <summary>How long each answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Whether nothing is answered but errors.</summary>
    public bool IsAway { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Answers { get; private set; }

    public FakeApiServer Server => new(AnswerAsync);

    private async Task<HttpResponseMessage> AnswerAsync(FakeApiRequest request, CancellationToken cancellationToken)
    {
        if (Delay > TimeSpan.Zero)
        {
            await Task.Delay(Delay, clock, cancellationToken);
        }

        Answers++;
        if (IsAway)
        {
            return FakeApiServer.Refused(HttpStatusCode.ServiceUnavailable);
        }

        if (request.Method != "GET")
        {
            Holder = (string)JsonNode.Parse(request.Body)!["spec"]!["holderIdentity"]!;
            version++;
        }

        return Holder is null
            ? FakeApiServer.Refused(HttpStatusCode.NotFound)
            : FakeApiServer.Json($$"""{"metadata":{"name":"lease","resourceVersion":"{{version}}"},"spec":{"holderIdentity":"{{Holder}}","leaseDurationSeconds":{{DurationSeconds}} } }""");
    }
}
