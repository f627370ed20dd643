namespace KvmOperator.Planning.Failover.Recovery;

/// <summary>A guest of a host that failed.</summary>
/// <param name="Name">Its name, <c>namespace/name</c>.</param>
/// <param name="Host">Where it runs by its status.</param>
/// <param name="Servers">The storage servers of its disks.</param>
public sealed record FailoverGuest(string Name, string Host, IReadOnlyCollection<string> Servers)
{
    /// <summary>What is written down of its start elsewhere; null for nothing.</summary>
    public GuestRecovery? Recovery { get; init; }

    /// <summary>Those of a higher one are started first.</summary>
    public int Priority { get; init; }

    /// <summary>Why it is not started elsewhere, whatever is proven (<see cref="RestartPolicy"/>); null when it is to be.</summary>
    public string? Refusal { get; init; }

    /// <summary>Whether only a machine that is off excludes its host.</summary>
    public bool RequiresPowerOff { get; init; }

    /// <summary>The host that it would go to now; null for none.</summary>
    public string? Place { get; init; }

    /// <summary>Why each host cannot have it, when there is no <see cref="Place"/>.</summary>
    public string NoPlace { get; init; } = string.Empty;

    /// <summary>What hosts that answer have of it, the failed one not among them.</summary>
    public IReadOnlyDictionary<string, DomainPresence> Domains { get; init; } = new Dictionary<string, DomainPresence>(StringComparer.Ordinal);

    /// <summary>Hosts that might run it, do not answer, and are not shut out themselves.</summary>
    public IReadOnlyList<string> UnaskedHosts { get; init; } = [];
}
