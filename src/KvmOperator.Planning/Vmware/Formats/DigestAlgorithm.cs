namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>How a manifest's digests are made.</summary>
public enum DigestAlgorithm
{
    /// <summary>SHA-1.</summary>
    Sha1,

    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>SHA-512.</summary>
    Sha512,
}
