using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>The format of a disk's file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiskFormat>))]
public enum DiskFormat
{
    /// <summary>QEMU's own: grows as it is filled, can be linked.</summary>
    [JsonStringEnumMemberName("qcow2")]
    Qcow2,

    /// <summary>Plain bytes.</summary>
    [JsonStringEnumMemberName("raw")]
    Raw,
}
