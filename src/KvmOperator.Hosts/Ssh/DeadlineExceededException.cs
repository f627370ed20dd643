namespace KvmOperator.Hosts.Ssh;

/// <summary>A command did not end within its deadline. The host ends what is left of it.</summary>
public sealed class DeadlineExceededException(string hostName, RemoteCommand command)
    : HostException(hostName, $"\"{command.Label}\" on {hostName} did not end within {command.Deadline.TotalSeconds:0.#} s.");
