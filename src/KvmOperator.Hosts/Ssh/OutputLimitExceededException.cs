namespace KvmOperator.Hosts.Ssh;

/// <summary>A command wrote more than can be kept in memory.</summary>
public sealed class OutputLimitExceededException(string hostName, RemoteCommand command, long limitBytes)
    : HostException(hostName, $"\"{command.Label}\" on {hostName} wrote more than {limitBytes} bytes.");
