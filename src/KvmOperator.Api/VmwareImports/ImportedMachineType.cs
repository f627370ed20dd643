using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The machine that QEMU makes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportedMachineType>))]
public enum ImportedMachineType
{
    /// <summary>i440fx: the one with IDE.</summary>
    [JsonStringEnumMemberName("pc")]
    Pc,

    /// <summary>The newer one.</summary>
    [JsonStringEnumMemberName("q35")]
    Q35,
}
