using KvmOperator.Api.Attributes;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

[ValidationRule("self.key != 'none'", Message = "a part has a key")]
public sealed record SamplePart
{
    [Required]
    public string Key { get; init; } = "";
}
