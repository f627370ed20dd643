using System.Text.Json.Nodes;
using CsCheck;
using KvmOperator.Runtime.Status;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class StatusPatchTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", null)]
    [InlineData("""{}""", """{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":1,"b":2}""", """{"a":1}""", """{"b":null}""")]
    [InlineData("""{"a":{"x":1,"y":2}}""", """{"a":{"x":1,"y":3}}""", """{"a":{"y":3}}""")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2]}""", """{"a":[2]}""")]
    [InlineData("""{"a":{"x":1}}""", """{"a":5}""", """{"a":5}""")]
    public void A_patch_says_what_differs_and_nothing_else(string before, string after, string? patch) =>
        Assert.Equal(patch, StatusPatch.Between(Parse(before), Parse(after))?.ToJsonString());

    [Fact]
    public void A_patch_laid_over_the_beginning_gives_the_end_and_leaves_strangers_alone() => Gen.Select(Status, Status).Sample((before, after) =>
    {
        var server = Parse(before);
        server["stranger"] = "kept";
        if (StatusPatch.Between(Parse(before), Parse(after)) is { } patch)
        {
            Merge(server, patch);
        }

        var expected = Parse(after);
        expected["stranger"] = "kept";
        Assert.True(JsonNode.DeepEquals(expected, server), $"{expected.ToJsonString()} is not {server.ToJsonString()}");
    });

    [Fact]
    public void Only_conditions_that_were_changed_are_laid_over_those_of_the_server()
    {
        var before = Parse("""{"conditions":[{"type":"Mine","status":"False"},{"type":"Theirs","status":"old"},{"type":"Dropped","status":"x"}]}""");
        var after = Parse("""{"conditions":[{"type":"Mine","status":"True"},{"type":"Theirs","status":"old"},{"type":"Fresh","status":"y"}]}""");
        var server = Parse("""{"conditions":[{"type":"Theirs","status":"new","extra":1},{"type":"Mine","status":"False"},{"type":"Dropped","status":"x"}]}""");

        var patch = StatusPatch.OntoConditionsOf(server, before, after, StatusPatch.Between(before, after)!);

        Assert.Equal(
            """[{"type":"Theirs","status":"new","extra":1},{"type":"Mine","status":"True"},{"type":"Fresh","status":"y"}]""",
            patch["conditions"]!.ToJsonString());
    }

    [Fact]
    public void The_order_of_conditions_means_nothing() => Assert.Null(StatusPatch.Between(
        Parse("""{"conditions":[{"type":"A","status":"True"},{"type":"B","status":"True"}]}"""),
        Parse("""{"conditions":[{"type":"B","status":"True"},{"type":"A","status":"True"}]}""")));

    [Fact]
    public void A_writer_that_drops_all_its_conditions_leaves_those_of_others()
    {
        var before = Parse("""{"conditions":[{"type":"Mine","status":"True"}]}""");
        var server = Parse("""{"conditions":[{"type":"Theirs","status":"True"},{"type":"Mine","status":"True"}]}""");
        var patch = StatusPatch.Between(before, Parse("{}"))!;

        Assert.True(StatusPatch.TouchesConditions(patch), "the list is named");
        Assert.Equal("""[{"type":"Theirs","status":"True"}]""", StatusPatch.OntoConditionsOf(server, before, Parse("{}"), patch)["conditions"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Running"}""", false)]
    [InlineData("""{"phase":"Running","percent":5}""", """{"phase":"Running","percent":50}""", false)]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Failed"}""", true)]
    [InlineData("""{"phase":"Running"}""", """{}""", true)]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Verifying"}""", false)]
    [InlineData("""{"phase":"Running","where":{"host":"a"}}""", """{"phase":"Running","where":{"host":"c"}}""", true)]
    [InlineData("""{"phase":"Running","where":{"host":"a"}}""", """{"phase":"Running","where":{"host":"a","since":1}}""", false)]
    [InlineData("""{"phase":"Running","gone":1}""", """{"phase":"Running"}""", false)]
    [InlineData("""{"phase":"Running","gone":1}""", """{"phase":"Running","gone":2}""", true)]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Running","conditions":[{"type":"Theirs","status":"True"}]}""", false)]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Running","conditions":[{"type":"Mine","status":"False"}]}""", true)]
    [InlineData("""{"phase":"Running"}""", """{"phase":"Running","conditions":[{"type":"Mine","status":"True"}]}""", false)]
    public void Decided_on_what_is_no_longer_so_is_what_changed_others_to_something_else(string held, string current, bool isOvertaken)
    {
        var before = Parse(held);
        var after = Parse("""{"phase":"Verifying","percent":5,"where":{"host":"b"},"conditions":[{"type":"Mine","status":"True"}]}""");
        after["percent"] = before["percent"]?.DeepClone();

        var patch = StatusPatch.Between(before, after)!;

        Assert.Equal(isOvertaken, StatusPatch.IsOvertaken(before, Parse(current), before, after, patch));
    }

    private static Gen<string> Status { get; } = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2], (one, two, list) =>
    {
        var status = new JsonObject();
        if (one > 0)
        {
            status["one"] = one;
        }

        if (two > 0)
        {
            status["two"] = new JsonObject { ["inner"] = two, [two == 1 ? "left" : "right"] = one };
        }

        if (list > 0)
        {
            status["list"] = new JsonArray([.. Enumerable.Range(0, list).Select(number => JsonValue.Create(number))]);
        }

        return status.ToJsonString();
    });

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;

    /// <summary>RFC 7396, as the server does it.</summary>
    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner && target[name] is JsonObject into)
            {
                Merge(into, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
