namespace KvmOperator.Hosts.Libvirt;

/// <summary>Takes what a host told by itself. It must not block.</summary>
/// <param name="host">The host's name.</param>
/// <param name="seen">All that is known of it.</param>
/// <param name="began">When the question for it began, as a time stamp of the process's <see cref="TimeProvider"/>: what happened later may not be in it.</param>
public delegate void HostTold(string host, HostObservation seen, long began);
