namespace KvmOperator.Planning.Failover.Admission;

/// <summary>Whether the rest of a pool could take a host's guests.</summary>
/// <param name="Places">Where each guest would go, by its name.</param>
/// <param name="Homeless">Why each guest that has no place has none, by its name.</param>
public sealed record AdmissionVerdict(IReadOnlyDictionary<string, string> Places, IReadOnlyDictionary<string, string> Homeless)
{
    /// <summary>Whether all have a place.</summary>
    public bool IsAdmitted => Homeless.Count == 0;

    /// <summary>For people, the same for the same verdict.</summary>
    public string Explain() => IsAdmitted
        ? "the other hosts can take all of its guests"
        : $"if it failed, no host could take {string.Join("; ", Homeless.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} ({pair.Value})"))}";
}
