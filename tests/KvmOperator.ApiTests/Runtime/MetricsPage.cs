using System.Globalization;

namespace KvmOperator.ApiTests.Runtime;

/// <summary>Reads what Prometheus would.</summary>
internal static class MetricsPage
{
    /// <summary>Every sample by name and labels, as written.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> ReadAsync(Uri monitoring, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(monitoring, "/metrics"), cancellationToken);
        return page.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line => double.Parse(line[(line.LastIndexOf(' ') + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture),
                StringComparer.Ordinal);
    }
}
