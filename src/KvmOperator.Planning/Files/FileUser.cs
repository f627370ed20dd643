namespace KvmOperator.Planning.Files;

/// <summary>Somebody who names files of stores: a guest, or a domain that is no guest of ours.</summary>
/// <param name="Name">Who it is, as people are told: <c>namespace/name</c>.</param>
/// <param name="Since">Since when it is wanted. Of two who have equal rights to a file the older one gets it.</param>
/// <param name="Claims">The files that it names.</param>
public sealed record FileUser(string Name, DateTimeOffset Since, IReadOnlyList<FileClaim> Claims)
{
    /// <summary>Its own folders, one a store: what lies there is nobody else's while it exists.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Whether it writes to its disks, or has done so: false for a guest that is off and was never started.</summary>
    public bool Writes { get; init; } = true;

    /// <summary>Whether it is no object of ours: then it cannot be told to let go, and is there first.</summary>
    public bool IsStranger { get; init; }
}
