using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>What came of looking for a file that another one names.</summary>
public enum FindOutcome
{
    /// <summary>There it is.</summary>
    Found,

    /// <summary>It is not in the source.</summary>
    Missing,

    /// <summary>The name leads out of the source, or to what is no file.</summary>
    Outside,

    /// <summary>Several files could be meant.</summary>
    Several,
}
