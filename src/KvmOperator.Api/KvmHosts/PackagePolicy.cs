using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>Who installs packages on a machine.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PackagePolicy>))]
public enum PackagePolicy
{
    /// <summary>The operator.</summary>
    Managed,

    /// <summary>Somebody else.</summary>
    Unmanaged,
}
