namespace KvmOperator.VmwareImports;

/// <summary>Where the disks of an import are, or will be.</summary>
/// <param name="Host">A KvmHost that has the store.</param>
/// <param name="MountPath">Where the store is there.</param>
internal sealed record ImportStore(string Host, string MountPath)
{
    /// <summary>The folder of a guest in the store.</summary>
    public string Folder(string guestFolder) => $"{MountPath}/{guestFolder}";
}
