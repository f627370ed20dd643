namespace KvmOperator.Hosts.Watch;

/// <summary>libvirt listed a domain and did not tell of it: it came at that very moment. It is asked again.</summary>
internal sealed class LibvirtIncompleteException() : Exception("libvirt did not tell of every domain that it lists");
