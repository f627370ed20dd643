using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>Who keeps a machine's clock synchronised.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimeServicePolicy>))]
public enum TimeServicePolicy
{
    /// <summary>The operator, with chrony. A time service that runs already does as well, unless time servers are given and it is neither chrony nor systemd-timesyncd.</summary>
    Managed,

    /// <summary>Somebody else. Nothing is installed or changed, and the state of the clock is only told.</summary>
    Unmanaged,
}
