namespace KvmOperator.Planning.Lifecycle;

/// <summary>What is written down of whether a guest runs. It outlives libvirt's memory: a restart of libvirt, or of its host, forgets how a guest ended.</summary>
public enum RecordedRun
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is off because its spec has it so.</summary>
    Stopped,

    /// <summary>It shut itself down, or a person ended it.</summary>
    EndedInOrder,

    /// <summary>It ended by itself, and is started again later.</summary>
    CrashLoop,

    /// <summary>It ended with its host, which was shut down.</summary>
    EndedWithHost,

    /// <summary>Its start was decided, and is under way or failed.</summary>
    Starting,

    /// <summary>Its start was decided, and waits for something.</summary>
    Waiting,

    /// <summary>Nobody could tell: its host did not answer.</summary>
    Unknown,

    /// <summary>It is not running, for a reason that says nothing of how it ended.</summary>
    Unclear,
}
