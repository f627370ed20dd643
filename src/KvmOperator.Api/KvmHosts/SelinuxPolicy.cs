using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>The mode that SELinux should be in.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SelinuxPolicy>))]
public enum SelinuxPolicy
{
    /// <summary>It refuses what the policy forbids; guests on NFS are allowed by a boolean.</summary>
    Enforcing,

    /// <summary>It says what it would refuse.</summary>
    Permissive,

    /// <summary>It is off from the next boot on, and permissive until then.</summary>
    Disabled,

    /// <summary>It stays in the mode that it has; guests on NFS are allowed by a boolean.</summary>
    Unmanaged,
}
