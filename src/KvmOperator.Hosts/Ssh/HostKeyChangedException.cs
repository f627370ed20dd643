namespace KvmOperator.Hosts.Ssh;

/// <summary>A host showed a key that is not trusted. Nothing was sent to it, not even the user's credentials.</summary>
public sealed class HostKeyChangedException(string hostName, HostKey presented)
    : HostException(hostName, $"{hostName} showed the host key {presented.Fingerprint} ({presented.Algorithm}), which is not the trusted one. It is asked again at the latest after {ConnectionBackOff.LongestUntrustedDelay.TotalSeconds:0} s.")
{
    /// <summary>The key that the host showed.</summary>
    public HostKey Presented { get; } = presented;
}
