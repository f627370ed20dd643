using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What a host is used for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostMode>))]
public enum HostMode
{
    /// <summary>It takes guests.</summary>
    Active,

    /// <summary>It keeps its guests and takes no more.</summary>
    Cordoned,

    /// <summary>It is drained: its guests are moved to other hosts. It takes no more, and none that is there is started.</summary>
    Maintenance,
}
