using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmwareImports;

/// <summary>How bad a concern is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConcernCategory>))]
public enum ConcernCategory
{
    /// <summary>The import is not begun.</summary>
    Critical,

    /// <summary>The guest may lack something afterwards.</summary>
    Warning,

    /// <summary>Good to know.</summary>
    Information,
}
