namespace KvmOperator.Hosts.Epochs;

/// <summary>A process of an older leader on a host.</summary>
/// <param name="Kind"><c>hold</c> for a held channel, <c>run</c> for a changing command.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="ProcessId">Its number on the host.</param>
public sealed record EpochHolder(string Kind, long Epoch, int ProcessId);
