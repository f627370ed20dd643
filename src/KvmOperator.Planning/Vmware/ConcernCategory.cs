using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>How bad a concern is.</summary>
public enum ConcernCategory
{
    /// <summary>The import is not begun.</summary>
    Critical,

    /// <summary>The guest may lack something afterwards.</summary>
    Warning,

    /// <summary>Good to know.</summary>
    Information,
}
