namespace KvmOperator.Api.VmwareImports;

/// <summary>The types of a VmwareImport's conditions, besides <see cref="CommonConditions"/>.</summary>
public static class VmwareImportConditions
{
    /// <summary>Nothing critical was noticed; otherwise the message lists it.</summary>
    public const string Inspected = "Inspected";

    /// <summary>The disks are converted and checked.</summary>
    public const string Converted = "Converted";

    /// <summary>The guest works.</summary>
    public const string Verified = "Verified";

    /// <summary>All types, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [CommonConditions.Succeeded, CommonConditions.Valid, Inspected, Converted, Verified];
}
