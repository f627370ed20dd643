using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>A process of an older leader still acts on the host and cannot be ended, because the kernel waits for something. Nothing is run there until it is gone.</summary>
public sealed class OlderLeaderException(string hostName, IReadOnlyList<EpochHolder> left)
    : HostException(
        hostName,
        $"Processes of an operator that was replaced cannot be ended on {hostName}: {string.Join(", ", left.Select(holder => holder.ProcessId))}. See what they wait for, such as a store that hangs: ps -o pid,stat,wchan:32,args.")
{
    /// <summary>What is left of it.</summary>
    public IReadOnlyList<EpochHolder> Left { get; } = left;
}
