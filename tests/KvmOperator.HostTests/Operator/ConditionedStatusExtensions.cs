using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;

namespace KvmOperator.HostTests.Operator;

internal static class ConditionedStatusExtensions
{
    /// <summary>Whether a condition is true.</summary>
    public static bool Is(this IConditionedStatus? status, string type) => status.Condition(type)?.Status == "True";

    /// <summary>Whether a condition is false for this reason.</summary>
    public static bool IsNot(this IConditionedStatus? status, string type, string reason) => status.Condition(type) is { Status: "False" } condition && condition.Reason == reason;

    public static V1Condition? Condition(this IConditionedStatus? status, string type) => status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    public static V1Condition? Condition(this VmwareImportStatus? status, string type) => status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    public static V1Condition? Condition(this VmMigrationStatus? status, string type) => status?.Conditions.FirstOrDefault(condition => condition.Type == type);
}
