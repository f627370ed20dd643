using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>The machine that QEMU makes. libvirt resolves it to a version when the guest is defined, and keeps that.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MachineType>))]
public enum MachineType
{
    /// <summary>With PCI Express and SATA.</summary>
    [JsonStringEnumMemberName("q35")]
    Q35,

    /// <summary>The older one, which alone has IDE: libvirt's <c>pc</c>.</summary>
    [JsonStringEnumMemberName("i440fx")]
    I440fx,
}
