using System.Net;

namespace KvmOperator.Runtime.Api;

/// <summary>
/// Repeats what may be repeated: any request that was answered with 429 (the server did nothing), and reads that were answered with a 5xx.
/// Waits as long as Retry-After says, within bounds. A connection error is not repeated here: callers have their own back-off.
/// </summary>
internal sealed class RetryHandler(TimeProvider clock) : DelegatingHandler
{
    private const int MaximumAttempts = 4;
    private static readonly TimeSpan DefaultPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
        {
            // A content can be sent twice only from memory.
            await request.Content.LoadIntoBufferAsync(cancellationToken);
        }

        for (var attempt = 1; ; attempt++)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (attempt == MaximumAttempts || !MayRepeat(request, answer))
            {
                return answer;
            }

            var pause = answer.Headers.RetryAfter?.Delta ?? DefaultPause;
            answer.Dispose();
            await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellationToken);
        }
    }

    private static bool MayRepeat(HttpRequestMessage request, HttpResponseMessage answer) => answer.StatusCode switch
    {
        HttpStatusCode.TooManyRequests => true,
        HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            => request.Method == HttpMethod.Get,
        _ => false,
    };
}
