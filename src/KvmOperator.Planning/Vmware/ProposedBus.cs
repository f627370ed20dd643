using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>The bus of a disk.</summary>
public enum ProposedBus
{
    /// <summary>virtio.</summary>
    Virtio,

    /// <summary>IDE, which only i440fx has.</summary>
    Ide,

    /// <summary>SATA.</summary>
    Sata,

    /// <summary>USB.</summary>
    Usb,
}
