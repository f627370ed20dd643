using System.Text.Json.Serialization;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

public enum SampleColor
{
    Red,

    [JsonStringEnumMemberName("leaf-green")]
    Green,
}
