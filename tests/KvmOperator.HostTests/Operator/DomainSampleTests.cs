using Xunit;

namespace KvmOperator.HostTests.Operator;

/// <summary>The eye of the scenarios in which no guest may run twice sees that one does, and nothing else.</summary>
public sealed class DomainSampleTests
{
    [Fact]
    public void A_guest_that_runs_on_two_hosts_is_seen() =>
        Assert.NotNull(Running(Sample("node1", 0, "running"), Sample("node2", 1, "running"), Sample("node1", 2, "running"), Sample("node2", 3, "running")));

    [Fact]
    public void A_guest_that_goes_from_one_host_to_the_other_is_at_one_place() =>
        Assert.Null(Running(Sample("node1", 0, "running"), Sample("node2", 0.2, "paused"), Sample("node1", 1, "running"), Sample("node2", 2, "running"), Sample("node1", 2, "paused"), Sample("node2", 3, "running")));

    [Fact]
    public void A_guest_that_comes_back_was_not_on_both_hosts() =>
        Assert.Null(Running(Sample("node1", 0, "running"), Sample("node1", 1, "running"), Sample("node1", 2, null), Sample("node2", 2, "running"), Sample("node2", 3, "running"), Sample("node2", 4, null), Sample("node1", 4, "running"), Sample("node1", 5, "running")));

    [Fact]
    public void A_list_of_virsh_is_read()
    {
        var states = DomainSample.Parse([" Id   Name         State", "-----------------------", " 1    default_xx   running", " 12   other        in shutdown", string.Empty, "answered"]);

        Assert.Equal(2, states.Count);
        Assert.Equal(("running", "in shutdown"), (states["default_xx"], states["other"]));
    }

    private static string? Running(params DomainSample[] samples) => DomainSample.TwoAtOnce(samples, "xx", state => state == "running");

    private static DomainSample Sample(string node, double seconds, string? state) => new(
        node,
        TimeSpan.FromSeconds(seconds),
        TimeSpan.FromSeconds(seconds + 0.5),
        state is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new Dictionary<string, string>(StringComparer.Ordinal) { ["xx"] = state });
}
