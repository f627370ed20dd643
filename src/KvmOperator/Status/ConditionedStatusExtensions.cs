using KvmOperator.Api;

namespace KvmOperator.Status;

/// <summary>Reads what an object says of itself.</summary>
internal static class ConditionedStatusExtensions
{
    /// <summary>Whether a condition is there and true. A status that was not written yet says nothing.</summary>
    public static bool IsTrue(this IConditionedStatus? status, string type) => status?.Conditions.Any(condition => condition.Type == type && condition.Status == "True") == true;
}
