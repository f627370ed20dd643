using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>After which step an import waits.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportStopAfter>))]
public enum ImportStopAfter
{
    /// <summary>The source was read and everything is said; nothing was written.</summary>
    Inspect,
}
