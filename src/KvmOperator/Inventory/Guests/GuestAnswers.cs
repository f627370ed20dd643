namespace KvmOperator.Inventory.Guests;

/// <summary>What all hosts that may have a guest said when they were asked at one moment.</summary>
/// <param name="Active">The hosts where a process of it exists.</param>
/// <param name="Defined">The hosts where it is defined and off.</param>
/// <param name="Silent">The hosts that did not answer, or cannot be asked.</param>
/// <param name="Foreign">The hosts that have a domain of its name or UUID which is not ours.</param>
internal sealed record GuestAnswers(IReadOnlyList<string> Active, IReadOnlyList<string> Defined, IReadOnlyList<string> Silent, IReadOnlyList<string> Foreign);
