using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Epochs;

/// <summary>The host has seen a newer leader. Nothing ran: this leader has lost its place, or goes on above <see cref="HighestSeen"/> when it knows that it leads.</summary>
public sealed class EpochRefusedException(string hostName, long highestSeen)
    : HostException(hostName, $"{hostName} has seen a leader of epoch {highestSeen} and takes nothing from an older one.")
{
    /// <summary>The highest epoch that the host has seen.</summary>
    public long HighestSeen { get; } = highestSeen;
}
