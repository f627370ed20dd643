using System.Globalization;

namespace KvmOperator.Runtime.Monitoring;

/// <summary>Counts every request to the API server, repeated ones each time, and how long its answer took.</summary>
internal sealed class RequestMetricsHandler(RuntimeMetrics metrics, TimeProvider clock) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var code = "<error>";
        var began = clock.GetTimestamp();
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            code = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            return answer;
        }
        finally
        {
            var host = request.RequestUri?.Authority ?? string.Empty;
            metrics.Requests.WithLabels(code, request.Method.Method, host).Inc();
            metrics.RequestTime.WithLabels(request.Method.Method, host).Observe(clock.GetElapsedTime(began).TotalSeconds);
        }
    }
}
