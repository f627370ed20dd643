using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What converts a VMware machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportEngine>))]
public enum ImportEngine
{
    /// <summary>What the guest needs.</summary>
    Auto,

    /// <summary>qemu-img: the disks as they are.</summary>
    QemuImg,

    /// <summary>virt-v2v: drivers are put into the guest too.</summary>
    VirtV2v,
}
