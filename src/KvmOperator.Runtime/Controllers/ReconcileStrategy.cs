namespace KvmOperator.Runtime.Controllers;

/// <summary>Which changes of an object deserve a pass.</summary>
public enum ReconcileStrategy
{
    /// <summary>Any, except what this controller wrote itself: a status that somebody wiped is written again.</summary>
    ByResourceVersion,

    /// <summary>Those of the spec, labels, annotations, finalizers and the mark of deletion.</summary>
    ByGeneration,
}
