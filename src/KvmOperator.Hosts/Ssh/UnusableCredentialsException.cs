namespace KvmOperator.Hosts.Ssh;

/// <summary>The credentials cannot be used at all: none are given, the private key cannot be read, or its passphrase is wrong. Nothing was sent to the host.</summary>
public sealed class UnusableCredentialsException(string hostName, string message, Exception? innerException = null)
    : HostException(hostName, message, innerException);
