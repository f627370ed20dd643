using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>Where a step stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportStepState>))]
public enum ImportStepState
{
    /// <summary>Its turn has not come.</summary>
    Pending,

    /// <summary>It is being done.</summary>
    Running,

    /// <summary>It is done.</summary>
    Succeeded,

    /// <summary>It was not needed.</summary>
    Skipped,

    /// <summary>It failed.</summary>
    Failed,
}
