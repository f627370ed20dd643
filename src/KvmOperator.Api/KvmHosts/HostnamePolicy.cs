using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>Who gives a machine its hostname.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostnamePolicy>))]
public enum HostnamePolicy
{
    /// <summary>The name that a machine has stays, whatever it is. One that has none gets the KvmHost's name.</summary>
    Unmanaged,

    /// <summary>The machine is called as the KvmHost.</summary>
    Managed,
}
