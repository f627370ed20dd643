namespace KvmOperator.Hosts.Libvirt;

/// <summary>A store's health, seen from a host.</summary>
/// <param name="MountPath">Where it is mounted.</param>
/// <param name="Answers">True when it is mounted and answered in time.</param>
/// <param name="SizeBytes">Its size; 0 when it did not answer.</param>
/// <param name="AvailableBytes">What can still be written; 0 when it did not answer.</param>
/// <param name="Reason">Why it did not answer; else empty.</param>
public sealed record StoreProbe(string MountPath, bool Answers, long SizeBytes, long AvailableBytes, string Reason);
