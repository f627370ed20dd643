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

    /// <summary>It takes no more guests, and none that is there is started. They are moved with a VmMigration each.</summary>
    Maintenance,
}
