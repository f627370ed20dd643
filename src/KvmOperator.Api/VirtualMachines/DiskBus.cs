using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>How a guest sees a disk.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiskBus>))]
public enum DiskBus
{
    /// <summary>virtio-blk: the fastest.</summary>
    [JsonStringEnumMemberName("virtio")]
    Virtio,

    /// <summary>virtio-scsi.</summary>
    [JsonStringEnumMemberName("scsi")]
    Scsi,

    /// <summary>SATA: for systems that know nothing else.</summary>
    [JsonStringEnumMemberName("sata")]
    Sata,

    /// <summary>IDE, of which a guest has at most four disks, on the machine i440fx: every Linux has its driver at boot.</summary>
    [JsonStringEnumMemberName("ide")]
    Ide,

    /// <summary>A USB stick.</summary>
    [JsonStringEnumMemberName("usb")]
    Usb,
}
