namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A snapshot as a .vmsd lists it.</summary>
/// <param name="Uid">Its number.</param>
/// <param name="Name">The name that a person gave it.</param>
/// <param name="Description">What a person wrote about it.</param>
/// <param name="Parent">The number of the snapshot before it, null for the first.</param>
/// <param name="Created">When it was made, null when it is not said.</param>
/// <param name="StateFile">Its .vmsn.</param>
/// <param name="Disks">The disk files that hold the state of that moment, by slot.</param>
public sealed record VmSnapshot(long Uid, string Name, string? Description, long? Parent, DateTimeOffset? Created, string? StateFile, IReadOnlyDictionary<string, string> Disks);
