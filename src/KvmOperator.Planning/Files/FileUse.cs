namespace KvmOperator.Planning.Files;

/// <summary>As what a guest names a file of a store.</summary>
public enum FileUse
{
    /// <summary>A disk that the operator makes for it, in its own folder.</summary>
    OwnDisk,

    /// <summary>What cloud-init reads, in its own folder.</summary>
    CloudInit,

    /// <summary>Somebody's file that becomes its disk.</summary>
    Existing,

    /// <summary>What a disk begins with as a copy, until it is made.</summary>
    Image,

    /// <summary>What a disk keeps only the difference to: it must not change.</summary>
    Base,
}
