namespace KvmOperator.Hosts.Nfs;

/// <summary>What a write and lock test on a mounted store showed.</summary>
/// <param name="Works">True when QEMU's user could write, lock and read back a file.</param>
/// <param name="StoreId">A mark in the store, made by whichever host comes first. Hosts that read the same mark see the same bytes. Empty when the test failed.</param>
/// <param name="Reason">Why the test failed; else empty.</param>
public sealed record StoreAccess(bool Works, string StoreId, string Reason)
{
    /// <summary>The number of QEMU's user, such as 64055: disks belong to it and are nobody else's to open, and a host where QEMU has another one cannot. Empty when that is not known.</summary>
    public string QemuUser { get; init; } = string.Empty;
}
