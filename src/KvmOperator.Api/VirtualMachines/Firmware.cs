using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What starts a guest.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Firmware>))]
public enum Firmware
{
    /// <summary>SeaBIOS.</summary>
    [JsonStringEnumMemberName("BIOS")]
    Bios,

    /// <summary>OVMF.</summary>
    [JsonStringEnumMemberName("UEFI")]
    Uefi,
}
