namespace KvmOperator.Hosts.Libvirt;

/// <summary>A disk of a guest.</summary>
/// <param name="Path">Its file, absolute.</param>
/// <param name="Format">The image's format: <c>qcow2</c> or <c>raw</c>.</param>
/// <param name="Bus">The bus that the guest sees: <c>virtio</c>, <c>scsi</c>, <c>sata</c>, <c>ide</c>, <c>usb</c>.</param>
/// <param name="Target">The name on that bus, such as <c>vda</c>.</param>
public sealed record GuestDisk(string Path, string Format, string Bus, string Target)
{
    /// <summary>Its place among what the guest is started from, from 1; null when it is not tried.</summary>
    public int? BootOrder { get; init; }
}
