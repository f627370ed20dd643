namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A disk could not be read or written.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Path">The disk's file or device.</param>
/// <param name="Alias">libvirt's name of the disk in the domain.</param>
/// <param name="Action">What was done about it.</param>
/// <param name="Reason"><c>enospc</c> when there was no room; empty for anything else.</param>
public sealed record DomainIoErrorEvent(LibvirtDomain Domain, string Path, string Alias, IoErrorAction Action, string Reason) : LibvirtEvent(Domain);
