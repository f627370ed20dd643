using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>The controllers of VMware.</summary>
public enum DiskController
{
    /// <summary>IDE.</summary>
    Ide,

    /// <summary>SATA (AHCI).</summary>
    Ahci,

    /// <summary>LSI Logic Parallel (53c1030): QEMU has another one of that name, with another driver.</summary>
    LsiLogic,

    /// <summary>LSI Logic SAS (1068).</summary>
    LsiSas1068,

    /// <summary>BusLogic: QEMU has none.</summary>
    BusLogic,

    /// <summary>VMware's paravirtual SCSI.</summary>
    PvScsi,

    /// <summary>NVMe.</summary>
    Nvme,

    /// <summary>USB storage.</summary>
    Usb,
}
