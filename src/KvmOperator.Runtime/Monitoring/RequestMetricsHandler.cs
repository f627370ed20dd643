using System.Globalization;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Counts every request to the API server, repeated ones each time.</summary>
internal sealed class RequestMetricsHandler(RuntimeMetrics metrics) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var code = "<error>";
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            code = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            return answer;
        }
        finally
        {
            metrics.Requests.WithLabels(code, request.Method.Method, request.RequestUri?.Authority ?? string.Empty).Inc();
        }
    }
}
