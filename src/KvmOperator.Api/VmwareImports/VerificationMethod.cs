using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What shows that a guest works.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VerificationMethod>))]
public enum VerificationMethod
{
    /// <summary>Whichever of the others comes first.</summary>
    Any,

    /// <summary>Its agent answers.</summary>
    GuestAgent,

    /// <summary>It takes an address by DHCP.</summary>
    DhcpLease,

    /// <summary>A text comes on its serial console.</summary>
    ConsoleText,

    /// <summary>It runs; nothing more is looked at.</summary>
    None,
}
