namespace KvmOperator.Hosts.Libvirt;

/// <summary>What has to be compared before a guest may go to another host's processor.</summary>
internal enum ProcessorNeed
{
    /// <summary>Nothing: every host gives it, or the next start finds out.</summary>
    Nothing,

    /// <summary>The element of the definition.</summary>
    AsDefined,

    /// <summary>What libvirt made of the definition at the start, on the host where it started.</summary>
    AsStarted,

    /// <summary>The guest sees its host's own processor: both hosts' must be the same.</summary>
    SameHost,
}
