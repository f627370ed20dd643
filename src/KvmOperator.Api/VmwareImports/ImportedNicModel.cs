using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>The model of an imported network card.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportedNicModel>))]
public enum ImportedNicModel
{
    /// <summary>virtio: the fastest.</summary>
    [JsonStringEnumMemberName("virtio")]
    Virtio,

    /// <summary>Intel's, as most VMware machines have it.</summary>
    [JsonStringEnumMemberName("e1000")]
    E1000,

    /// <summary>Intel's newer one, on the machine q35.</summary>
    [JsonStringEnumMemberName("e1000e")]
    E1000e,

    /// <summary>VMware's.</summary>
    [JsonStringEnumMemberName("vmxnet3")]
    Vmxnet3,

    /// <summary>AMD's, for old guests.</summary>
    [JsonStringEnumMemberName("pcnet")]
    Pcnet,
}
