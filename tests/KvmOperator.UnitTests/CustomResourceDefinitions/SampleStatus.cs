using k8s.Models;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

public sealed record SampleStatus
{
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    public DateTime? Seen { get; init; }
}
