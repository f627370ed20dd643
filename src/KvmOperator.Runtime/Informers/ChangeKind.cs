namespace KvmOperator.Runtime.Informers;

/// <summary>What was heard about an object.</summary>
public enum ChangeKind
{
    /// <summary>It is part of the first full list.</summary>
    Listed,

    /// <summary>It is new.</summary>
    Added,

    /// <summary>It is different.</summary>
    Modified,

    /// <summary>It is gone.</summary>
    Deleted,

    /// <summary>Nothing: time to look again in case something was missed.</summary>
    Resynced,
}
