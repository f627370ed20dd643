namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// Which host keys are trusted: pinned keys, recorded fingerprints, or, when there are none of both, whichever key is seen first.
/// </summary>
public sealed record HostKeyTrust
{
    private readonly HashSet<string> fingerprints = new(StringComparer.Ordinal);
    private readonly HashSet<string> algorithms = new(StringComparer.Ordinal);

    private HostKeyTrust()
    {
    }

    /// <summary>Trusts the key that the host shows first, and from then on only that one.</summary>
    public static HostKeyTrust FirstUse { get; } = new();

    /// <summary>True when any key would do.</summary>
    public bool AcceptsAny => fingerprints.Count == 0;

    /// <summary>The key types of the pinned keys; empty when only fingerprints are known. A client asks for these types and no others.</summary>
    public IReadOnlySet<string> Algorithms => algorithms;

    /// <summary>The fingerprints of all trusted keys.</summary>
    public IReadOnlySet<string> Fingerprints => fingerprints;

    /// <summary>Trusts exactly the given keys.</summary>
    /// <param name="keys">Keys in OpenSSH's format, lines of a known_hosts file, or fingerprints that begin with <c>SHA256:</c>. An empty list means first use.</param>
    /// <exception cref="FormatException">One of them is none of these.</exception>
    public static HostKeyTrust Pinned(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var trust = new HostKeyTrust();
        var onlyFingerprint = false;
        foreach (var key in keys.Select(key => key.Trim()))
        {
            if (key.StartsWith("SHA256:", StringComparison.Ordinal))
            {
                trust.fingerprints.Add(key);
                onlyFingerprint = true;
                continue;
            }

            var parsed = HostKey.Parse(key);
            trust.fingerprints.Add(parsed.Fingerprint);
            trust.algorithms.Add(parsed.Algorithm);
        }

        if (onlyFingerprint)
        {
            // A fingerprint does not tell the key's type, so the types of the others must not keep it from being shown.
            trust.algorithms.Clear();
        }

        return trust;
    }

    /// <summary>True when the key is one of the trusted ones, or any would do.</summary>
    public bool Trusts(HostKey key) => AcceptsAny || fingerprints.Contains(key.Fingerprint);

    /// <inheritdoc/>
    public bool Equals(HostKeyTrust? other) => other is not null && fingerprints.SetEquals(other.fingerprints) && algorithms.SetEquals(other.algorithms);

    /// <inheritdoc/>
    public override int GetHashCode() => fingerprints.Count;
}
