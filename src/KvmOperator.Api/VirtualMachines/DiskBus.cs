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
}
