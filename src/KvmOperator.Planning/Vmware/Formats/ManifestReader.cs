namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Reads the manifest of an OVA: lines <c>SHA256(name)= digest</c>, also spelled with a hyphen and with CR LF.</summary>
public static class ManifestReader
{
    /// <summary>All lines that are digests.</summary>
    /// <exception cref="VmwareFormatException">It is no text, too large, or has a line that is none.</exception>
    public static IReadOnlyList<ManifestEntry> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > FormatLimits.ManifestBytes)
        {
            throw new VmwareFormatException(ConcernId.NotText, "the manifest is larger than 1 MiB");
        }

        var entries = new List<ManifestEntry>();
        foreach (var line in ForeignText.Read(bytes).Lines())
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            entries.Add(Entry(line.Trim()) ?? throw new VmwareFormatException(ConcernId.Corrupt, $"the manifest has a line that cannot be read: {Shown.Of(line)}"));
            if (entries.Count > FormatLimits.Members)
            {
                throw new VmwareFormatException(ConcernId.Corrupt, $"the manifest has more than {FormatLimits.Members} lines");
            }
        }

        return entries;
    }

    private static ManifestEntry? Entry(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var equals = line.LastIndexOf('=');
        var close = equals < 0 ? -1 : line.LastIndexOf(')', equals);
        if (open <= 0 || close <= open)
        {
            return null;
        }

        (DigestAlgorithm Algorithm, int Digits)? kind = line[..open].Trim().Replace("-", string.Empty, StringComparison.Ordinal).ToUpperInvariant() switch
        {
            "SHA1" => (DigestAlgorithm.Sha1, 40),
            "SHA256" => (DigestAlgorithm.Sha256, 64),
            "SHA512" => (DigestAlgorithm.Sha512, 128),
            _ => null,
        };
        var digest = line[(equals + 1)..].Trim().ToLowerInvariant();
        return kind is { } known && digest.Length == known.Digits && digest.All(char.IsAsciiHexDigit) ? new ManifestEntry(known.Algorithm, line[(open + 1)..close].Trim(), digest) : null;
    }
}
