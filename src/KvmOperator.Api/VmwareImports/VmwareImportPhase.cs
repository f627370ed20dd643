using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Where an import stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VmwareImportPhase>))]
public enum VmwareImportPhase
{
    /// <summary>It waits.</summary>
    Pending,

    /// <summary>Steps are being done.</summary>
    Running,

    /// <summary>The guest was made and verified.</summary>
    Succeeded,

    /// <summary>It was given up; the source is as it was.</summary>
    Failed,

    /// <summary>Somebody wanted it to end; the source is as it was.</summary>
    Cancelled,
}
