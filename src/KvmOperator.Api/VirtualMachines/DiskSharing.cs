using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What a disk shares with its source.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DiskSharing>))]
public enum DiskSharing
{
    /// <summary>Nothing: it is a copy.</summary>
    Full,

    /// <summary>Everything that was not written since.</summary>
    Linked,
}
