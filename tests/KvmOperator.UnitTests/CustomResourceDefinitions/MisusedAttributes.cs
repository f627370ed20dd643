using KvmOperator.Api.Attributes;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>Types on whose properties an attribute can do nothing, and types without an end.</summary>
internal static class MisusedAttributes
{
    public sealed record PatternOnNumber
    {
        [Pattern("^a$")]
        public int Value { get; init; }
    }

    public sealed record RangeOnText
    {
        [RangeMinimum(1)]
        public string? Value { get; init; }
    }

    public sealed record ItemsOnText
    {
        [Items(1, 2)]
        public string? Value { get; init; }
    }

    public sealed record KeyThatNoItemHas
    {
        [XListMapKeys("missing")]
        public IReadOnlyList<SamplePart> Value { get; init; } = [];
    }

    public sealed record Endless
    {
        public Endless? Inner { get; init; }
    }

    public sealed record Vague
    {
        public object? Value { get; init; }
    }
}
