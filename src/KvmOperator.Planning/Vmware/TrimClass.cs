using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What a disposable file is.</summary>
public enum TrimClass
{
    /// <summary>Logs of VMware.</summary>
    Logs,

    /// <summary>Pictures and lists that VMware makes again.</summary>
    Caches,

    /// <summary>Locks.</summary>
    Locks,

    /// <summary>Swap files, and memory of a machine that does not run any more.</summary>
    Swap,

    /// <summary>The memory of a suspended machine.</summary>
    SuspendedState,

    /// <summary>What snapshots kept besides disks: memory and settings of that moment.</summary>
    SnapshotState,

    /// <summary>Back-ups of settings, and files that macOS strews.</summary>
    Leftovers,
}
