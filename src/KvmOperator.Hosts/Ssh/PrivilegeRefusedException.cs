namespace KvmOperator.Hosts.Ssh;

/// <summary>The user may not become root through sudo without a password. The command did not run.</summary>
public sealed class PrivilegeRefusedException(string hostName, string user, string reason)
    : HostException(hostName, $"User {user} may not become root on {hostName}: {reason}");
