namespace KvmOperator.Runtime.Api;

/// <summary>How the body of a patch is to be understood.</summary>
public enum PatchKind
{
    /// <summary>RFC 7396: what is named is set, null removes.</summary>
    Merge,

    /// <summary>RFC 6902: a list of operations, all or none.</summary>
    Json,
}
