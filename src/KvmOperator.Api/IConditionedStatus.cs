using k8s.Models;

namespace KvmOperator.Api;

/// <summary>A status that tells by conditions what is true.</summary>
public interface IConditionedStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    long? ObservedGeneration { get; }

    /// <summary>One short word for people; programs read the conditions.</summary>
    string? Phase { get; }

    /// <summary>What is known, one entry a type. Every type of the kind is there from the first pass on.</summary>
    IReadOnlyList<V1Condition> Conditions { get; }
}
