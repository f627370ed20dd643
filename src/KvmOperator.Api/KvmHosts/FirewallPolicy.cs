using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>What is done about a machine's firewall.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FirewallPolicy>))]
public enum FirewallPolicy
{
    /// <summary>What is needed is opened, nothing else is changed.</summary>
    Managed,

    /// <summary>It is switched off, as the manual procedure does.</summary>
    Disabled,

    /// <summary>It is left alone.</summary>
    Unmanaged,
}
