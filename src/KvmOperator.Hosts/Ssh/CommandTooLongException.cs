namespace KvmOperator.Hosts.Ssh;

/// <summary>A command is longer than a host's kernel lets any be. It was not sent.</summary>
public sealed class CommandTooLongException(string hostName, RemoteCommand command, int bytes, int limitBytes)
    : HostException(hostName, $"\"{command.Label}\" for {hostName} is {bytes} bytes long, and a host takes less than {limitBytes}: what is long belongs into standard input.");
