namespace KvmOperator.Hosts.Vmware;

/// <summary>A source cannot be read, or may not be: it is not there, or not where imports may read. The message says which.</summary>
public sealed class SourceRefusedException(string message) : Exception(message);
