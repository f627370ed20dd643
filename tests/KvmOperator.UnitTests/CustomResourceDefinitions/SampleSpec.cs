using System.Text.Json.Serialization;
using k8s.Models;
using KvmOperator.Api.Attributes;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

public sealed record SampleSpec
{
    [Required]
    [Length(1, 10)]
    [Pattern("^[a-z]+$")]
    public string Title { get; init; } = "";

    [DefaultValue(SampleColor.Green)]
    public SampleColor? Color { get; init; }

    [DefaultValue(3)]
    [RangeMinimum(1)]
    [RangeMaximum(9)]
    public int Count { get; init; } = 3;

    public long Bytes { get; init; }

    public double Share { get; init; }

    [DefaultValue(true)]
    public bool Enabled { get; init; } = true;

    public ResourceQuantity? Memory { get; init; }

    [Items(1, 4)]
    [ItemPattern("^[0-9]+$", 5)]
    public IReadOnlyList<string> Words { get; init; } = [];

    [Items(0, 2)]
    [ItemPattern("^[A-Z]+$", 6)]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    [XListMapKeys("key")]
    [ValidationRule("self.size() > 0", Message = "name a part", FieldPath = ".[0]")]
    public IReadOnlyList<SamplePart> Parts { get; init; } = [];

    public SamplePart? Spare { get; init; }

    [JsonPropertyName("called")]
    public string? Renamed { get; init; }

    [JsonIgnore]
    public string Hidden => Title;
}
