namespace KvmOperator.Hosts.Ssh;

/// <summary>The peer opened no channel on this connection: it allows no more sessions there. The command did not run, and the peer lives.</summary>
internal sealed class ChannelRefusedException(string hostName, string reason, Exception innerException)
    : HostException(hostName, $"{hostName} opened no channel: {reason}", innerException);
