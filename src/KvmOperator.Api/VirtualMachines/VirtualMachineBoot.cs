using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What a guest starts from.</summary>
public sealed record VirtualMachineBoot
{
    /// <summary>Names of disks, or <c>network</c>, in the order in which they are tried.</summary>
    [Required]
    [Items(1, 8)]
    [ItemPattern(Patterns.Label, 32)]
    [ValidationRule("self.all(one, self.exists_one(other, other == one))", Message = "each is tried once: name it once")]
    public IReadOnlyList<string> Order { get; init; } = [];
}
