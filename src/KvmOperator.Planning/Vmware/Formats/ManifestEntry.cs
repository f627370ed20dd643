namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A line of a manifest.</summary>
/// <param name="Algorithm">How the digest is made.</param>
/// <param name="Name">The file.</param>
/// <param name="Digest">The digest in small hexadecimal digits.</param>
public sealed record ManifestEntry(DigestAlgorithm Algorithm, string Name, string Digest)
{
    /// <summary>Whether a file's digest is the manifest's.</summary>
    public bool Matches(ReadOnlySpan<byte> digest) => Convert.ToHexStringLower(digest) == Digest;

    /// <summary>Whether a whole file, that is in memory, is the manifest's.</summary>
    public bool MatchesContent(ReadOnlySpan<byte> content) => Matches(Algorithm switch
    {
#pragma warning disable CA5350 // It is the maker of the archive who chose it, and it protects from damage here, not from people.
        DigestAlgorithm.Sha1 => System.Security.Cryptography.SHA1.HashData(content),
#pragma warning restore CA5350
        DigestAlgorithm.Sha256 => System.Security.Cryptography.SHA256.HashData(content),
        _ => System.Security.Cryptography.SHA512.HashData(content),
    });
}
