using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>How a guest sees a network card.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NicModel>))]
public enum NicModel
{
    /// <summary>virtio-net: the fastest.</summary>
    [JsonStringEnumMemberName("virtio")]
    Virtio,

    /// <summary>Intel's 82540EM: nearly every system has its driver.</summary>
    [JsonStringEnumMemberName("e1000")]
    E1000,

    /// <summary>Intel's 82574L, which needs PCI Express: not with the machine i440fx.</summary>
    [JsonStringEnumMemberName("e1000e")]
    E1000e,

    /// <summary>VMware's own.</summary>
    [JsonStringEnumMemberName("vmxnet3")]
    Vmxnet3,

    /// <summary>AMD's PCnet, for old systems.</summary>
    [JsonStringEnumMemberName("pcnet")]
    Pcnet,
}
