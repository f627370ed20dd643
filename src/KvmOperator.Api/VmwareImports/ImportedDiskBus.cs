using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The bus of an imported disk.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportedDiskBus>))]
public enum ImportedDiskBus
{
    /// <summary>virtio: the fastest, when the guest has its driver at boot.</summary>
    [JsonStringEnumMemberName("virtio")]
    Virtio,

    /// <summary>IDE, on the machine pc: every Linux has its driver at boot.</summary>
    [JsonStringEnumMemberName("ide")]
    Ide,

    /// <summary>SATA.</summary>
    [JsonStringEnumMemberName("sata")]
    Sata,

    /// <summary>USB.</summary>
    [JsonStringEnumMemberName("usb")]
    Usb,
}
