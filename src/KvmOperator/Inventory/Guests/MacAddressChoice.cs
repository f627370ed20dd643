namespace KvmOperator.Inventory.Guests;

/// <summary>What came of choosing the addresses of a guest's network cards.</summary>
/// <param name="Addresses">The addresses, in the order of the spec; none when one that is given is another guest's.</param>
/// <param name="Refusal">Why not, with what to do; null when there are addresses.</param>
internal sealed record MacAddressChoice(IReadOnlyList<string> Addresses, string? Refusal);
