using k8s.Models;
using KvmOperator.Status;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Status;

/// <summary>Conditions as the Kubernetes API conventions want them.</summary>
public sealed class ConditionListTests
{
    private static readonly string[] Types = ["Ready", "Valid", "Reachable"];
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    [Fact]
    public void Every_type_is_there_from_the_first_pass_in_one_order()
    {
        var list = List([]);
        list.True("Reachable", "Answers", "it answers");

        Assert.Equal(Types, list.ToList().Select(condition => condition.Type));
        Assert.Equal(["Unknown", "Unknown", "True"], list.ToList().Select(condition => condition.Status));
    }

    [Fact]
    public void The_time_moves_with_the_status_only()
    {
        var first = List([]);
        first.False("Ready", "Waiting", "one");
        var before = first.ToList();
        clock.Advance(TimeSpan.FromMinutes(1));

        var same = List(before);
        same.False("Ready", "Waiting", "another message");
        var other = List(before);
        other.True("Ready", "Done", "done");

        Assert.Equal(before[0].LastTransitionTime, same.ToList()[0].LastTransitionTime);
        Assert.Equal("another message", same.ToList()[0].Message);
        Assert.Equal(before[0].LastTransitionTime + TimeSpan.FromMinutes(1), other.ToList()[0].LastTransitionTime);
    }

    [Fact]
    public void What_is_said_twice_in_a_long_pass_has_the_time_of_the_first()
    {
        var list = List([]);
        list.True("Reachable", "Answers", "it answers");
        var first = list.ToList()[2].LastTransitionTime;
        clock.Advance(TimeSpan.FromMinutes(1));
        list.True("Reachable", "Answers", "it still answers");

        Assert.Equal(first, list.ToList()[2].LastTransitionTime);
    }

    [Fact]
    public void What_was_said_otherwise_in_between_and_is_as_before_at_the_end_did_not_change()
    {
        var before = List([]);
        before.True("Ready", "Done", "done");
        clock.Advance(TimeSpan.FromMinutes(1));
        var list = List(before.ToList());
        list.False("Ready", "Working", "at work");
        list.True("Ready", "Done", "done");

        Assert.Equal(before.ToList()[0].LastTransitionTime, list.ToList()[0].LastTransitionTime);
    }

    [Fact]
    public void What_was_not_looked_at_stays_as_it_was()
    {
        var first = List([]);
        first.True("Reachable", "Answers", "it answers");
        var second = List(first.ToList());

        Assert.Equal("True", second.ToList()[2].Status);
        Assert.False(second.IsTrue("Reachable"), "it was not said in this pass");
    }

    [Fact]
    public void What_others_say_stays_as_they_said_it()
    {
        var theirs = new V1Condition { Type = "Audited", Status = "True", Reason = "Seen", Message = "all is well" };

        var list = List([theirs]).ToList();

        Assert.Equal([.. Types, "Audited"], list.Select(condition => condition.Type));
        Assert.Same(theirs, list[^1]);
    }

    [Fact]
    public void A_time_is_what_the_server_keeps_of_it() => Assert.Equal(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), List([]).ToList()[0].LastTransitionTime);

    private ConditionList List(IReadOnlyList<V1Condition> before) => new(before, Types, 1, clock);
}
