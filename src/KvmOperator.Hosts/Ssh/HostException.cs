namespace KvmOperator.Hosts.Ssh;

/// <summary>Something on the way to a host, or on it, went wrong.</summary>
public abstract class HostException : Exception
{
    private protected HostException(string hostName, string message, Exception? innerException = null)
        : base(message, innerException) => HostName = hostName;

    /// <summary>The host's name.</summary>
    public string HostName { get; }
}
