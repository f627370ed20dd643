namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Bytes that are no message of libvirt's protocol: cut off, too long, or with a value that cannot be. Nothing that follows in the same stream can be trusted.</summary>
public sealed class LibvirtProtocolException(string message) : Exception(message);
