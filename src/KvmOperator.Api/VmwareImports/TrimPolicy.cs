using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What is done about files that VMware left and nobody needs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrimPolicy>))]
public enum TrimPolicy
{
    /// <summary>Nothing.</summary>
    Never,

    /// <summary>They are listed.</summary>
    Report,

    /// <summary>They are deleted once the guest was verified.</summary>
    AfterSuccess,
}
