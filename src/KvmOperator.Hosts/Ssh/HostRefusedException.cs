namespace KvmOperator.Hosts.Ssh;

/// <summary>A host was reached, and did not do what it was told to.</summary>
public abstract class HostRefusedException : HostException
{
    private protected HostRefusedException(string hostName, string message, string summary, Exception? innerException = null)
        : base(hostName, message, innerException) => Summary = summary;

    /// <summary>What the host said, in one short line, fit for a condition's message. May be empty.</summary>
    public string Summary { get; }
}
