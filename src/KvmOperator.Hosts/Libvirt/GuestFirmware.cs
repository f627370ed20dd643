namespace KvmOperator.Hosts.Libvirt;

/// <summary>What starts a guest.</summary>
public enum GuestFirmware
{
    /// <summary>SeaBIOS.</summary>
    Bios,

    /// <summary>OVMF.</summary>
    Uefi,
}
