using System.Text.RegularExpressions;
using Xunit;

namespace KvmOperator.UnitTests.Monitoring;

/// <summary>Whoever sees a metric finds it in docs/monitoring.md, and whoever reads of one there sees it.</summary>
public sealed partial class MetricsDocumentTests
{
    [Fact]
    public void All_metrics_are_in_the_document_and_no_other()
    {
        var code = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*Metrics.cs", SearchOption.AllDirectories)
            .SelectMany(path => Quoted().Matches(File.ReadAllText(path)).Select(match => match.Groups["name"].Value));
        var document = File.ReadLines(Path.Combine(Repository.Root, "docs", "monitoring.md"))
            .SelectMany(line => Row().Matches(line).Select(match => match.Groups["name"].Value));

        Assert.Equal(code.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), document.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("\"(?<name>(kvm_operator|leader_election|rest_client|controller_runtime|event_recorder|informer|workqueue)_[a-z_]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)(\{[a-z,]+\})?` \|", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();
}
