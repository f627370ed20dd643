using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KvmOperator.Api.VmMigrations;
using Xunit;

namespace KvmOperator.UnitTests.Monitoring;

/// <summary>Each alert of the chart fires when it should, stays silent when it should, asks for metrics that there are, and has a page that says what to do.</summary>
public sealed partial class AlertTests
{
    private static readonly string Tests = Path.Combine(Repository.Root, "tests", "alerts", "alerts.test.yaml");

    private static readonly IReadOnlyList<JsonNode> Rules =
    [
        .. YamlDocuments.Read(File.ReadAllText(Path.Combine(HelmChart.Folder, "files", "alerts.yaml")))[0]["groups"]!.AsArray().SelectMany(group => group!["rules"]!.AsArray()).Select(rule => rule!),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Prometheus_finds_that_they_fire_and_stay_silent_as_the_cases_say()
    {
        var result = await LabTool.RunAsync("promtool", ["test", "rules", Tests], Token);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public void Each_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent()
    {
        var cases = YamlDocuments.Read(File.ReadAllText(Tests))[0]["tests"]!.AsArray().SelectMany(test => test!["alert_rule_test"]!.AsArray())
            .Select(check => (Alert: (string)check!["alertname"]!, Fires: check["exp_alerts"]!.AsArray().Count > 0))
            .ToHashSet();

        Assert.All(Rules, rule =>
        {
            Assert.Contains(((string)rule["alert"]!, true), cases);
            Assert.Contains(((string)rule["alert"]!, false), cases);
        });
    }

    /// <summary>A metric that was renamed would leave an alert that never fires.</summary>
    [Fact]
    public void Each_asks_for_metrics_that_the_code_has()
    {
        var code = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*Metrics.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        var asked = Rules.SelectMany(rule => MetricName().Matches((string)rule["expr"]!).Select(match => match.Value)).Distinct(StringComparer.Ordinal).ToList();

        Assert.NotEmpty(asked);
        Assert.All(asked, metric => Assert.Contains($"\"{metric}\"", code, StringComparison.Ordinal));
    }

    /// <summary>So would a phase that was.</summary>
    [Fact]
    public void Each_asks_for_phases_that_there_are()
    {
        var asked = Rules.SelectMany(rule => Phases().Matches((string)rule["expr"]!)).SelectMany(match => match.Groups["phases"].Value.Split('|').Select(phase => (Kind: match.Groups["kind"].Value, Phase: phase))).ToList();

        Assert.NotEmpty(asked);
        Assert.All(asked, one => Assert.Contains(one.Phase, one.Kind.Length > 0 ? ObjectPhases.ByKind[one.Kind] : ObjectPhases.ByKind.Values.SelectMany(phases => phases)));
    }

    [Fact]
    public void Every_phase_is_one_that_the_code_writes()
    {
        var code = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src", "KvmOperator"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.All(ObjectPhases.ByKind.Where(kind => kind.Key != "VmMigration").SelectMany(kind => kind.Value), phase => Assert.Contains($"\"{phase}\"", code, StringComparison.Ordinal));
        Assert.All(ObjectPhases.ByKind["VmMigration"], phase => Assert.True(Enum.TryParse<VmMigrationPhase>(phase, out _), phase));
    }

    [Fact]
    public void Each_names_its_severity_and_a_page_in_the_documents()
    {
        var index = File.ReadAllText(Path.Combine(Repository.Root, "docs", "monitoring.md"));

        Assert.All(Rules, rule =>
        {
            var page = $"docs/runbooks/{rule["alert"]}.md";
            Assert.Contains((string)rule["labels"]!["severity"]!, (string[])["critical", "warning", "info"]);
            Assert.Equal(page, (string?)rule["annotations"]!["runbook_url"]);
            Assert.True(File.Exists(Path.Combine(Repository.Root, page)), page);
            Assert.Contains($"(runbooks/{rule["alert"]}.md)", index, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_page_is_of_an_alert() =>
        Assert.Equal(
            Rules.Select(rule => $"{rule["alert"]}.md").Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Repository.Root, "docs", "runbooks")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\b(kvm_operator|leader_election|rest_client|controller_runtime|event_recorder|informer|workqueue)_[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex("(kind=\"(?<kind>[A-Za-z]+)\", )?phase=~?\"(?<phases>[A-Za-z|]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Phases();
}
