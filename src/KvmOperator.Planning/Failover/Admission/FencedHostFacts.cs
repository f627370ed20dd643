namespace KvmOperator.Planning.Failover.Admission;

/// <summary>What is known of a host, as far as it can be shut out.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Its addresses, one spelling for each.</param>
public sealed record FencedHostFacts(string Name, IReadOnlyCollection<string> Addresses)
{
    /// <summary>What identifies the machine; null for not known.</summary>
    public string? MachineId { get; init; }

    /// <summary>Whether its kernel gives back locks that it lost (<c>nfs.recover_lost_locks</c>): then an old process could go on with a file that another one has.</summary>
    public bool? RecoversLostLocks { get; init; }

    /// <summary>Whether it has a management controller whose credentials worked when they were last tried.</summary>
    public bool HasWorkingController { get; init; }
}
