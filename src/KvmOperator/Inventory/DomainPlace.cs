using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory;

/// <summary>A domain on a host.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Domain">The domain as it was seen there last.</param>
/// <param name="IsCurrent">False when the host's libvirt did not answer since: it may not be there any more.</param>
internal readonly record struct DomainPlace(string Host, DomainObservation Domain, bool IsCurrent);
