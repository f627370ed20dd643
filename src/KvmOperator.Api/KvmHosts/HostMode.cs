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

    /// <summary>Its guests are moved away, and it takes no more.</summary>
    Maintenance,
}
