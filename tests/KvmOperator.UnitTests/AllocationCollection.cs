using Xunit;

namespace KvmOperator.UnitTests;

/// <summary>Tests that count what the whole process allocates: no other test may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AllocationCollection
{
    /// <summary>Its name.</summary>
    public const string Name = "what the process allocates";
}
