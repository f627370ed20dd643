using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.Validation;

namespace KvmOperator.Status;

/// <summary>
/// The conditions of one pass over an object. Every type of the kind is in the result, in one order; the time of transition changes only with the
/// status, as the API conventions want it.
/// </summary>
internal sealed class ConditionList(IReadOnlyList<V1Condition> before, IReadOnlyList<string> types, long? generation, TimeProvider clock)
{
    private readonly Dictionary<string, V1Condition> said = new(StringComparer.Ordinal);

    /// <summary>It is so.</summary>
    public void True(string type, string reason, string message) => Set(type, "True", reason, message);

    /// <summary>It is not so; the message ends with what to do.</summary>
    public void False(string type, string reason, string message) => Set(type, "False", reason, message);

    /// <summary>It cannot be told.</summary>
    public void Unknown(string type, string reason, string message) => Set(type, "Unknown", reason, message);

    /// <summary>Says whether the spec can be worked on, with all errors at once.</summary>
    /// <returns>False when it cannot: then nothing may be touched.</returns>
    public bool Accepts(IReadOnlyList<SpecError> errors)
    {
        if (errors.Count == 0)
        {
            True(CommonConditions.Valid, CommonReasons.SpecAccepted, "every field makes sense");
            return true;
        }

        False(CommonConditions.Valid, CommonReasons.SpecRefused, string.Join("; ", errors));
        if (types.Contains(CommonConditions.Ready, StringComparer.Ordinal))
        {
            False(CommonConditions.Ready, CommonReasons.SpecRefused, "the spec cannot be worked on: see Valid");
        }

        return false;
    }

    /// <summary>Whether a condition was said to be true in this pass.</summary>
    public bool IsTrue(string type) => said.TryGetValue(type, out var condition) && condition.Status == "True";

    /// <summary>A condition as it was said in this pass, or else as it was before; null when it was never said.</summary>
    public V1Condition? Find(string type) => said.GetValueOrDefault(type) ?? Before(type);

    /// <summary>All of them. What was not said in this pass stays as it was, or is unknown; what others say stands behind it, as they said it.</summary>
    public IReadOnlyList<V1Condition> ToList() =>
    [
        .. types.Select(type => said.GetValueOrDefault(type) ?? Before(type) ?? Make(type, "Unknown", CommonReasons.NotYetKnown, "not looked at yet")),
        .. before.Where(condition => !types.Contains(condition.Type, StringComparer.Ordinal)),
    ];

    private V1Condition? Before(string type) => before.FirstOrDefault(condition => condition.Type == type);

    private void Set(string type, string status, string reason, string message) => said[type] = Make(type, status, reason, message);

    private V1Condition Make(string type, string status, string reason, string message) => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        ObservedGeneration = generation,
        LastTransitionTime = Same(Before(type), status) ?? Same(said.GetValueOrDefault(type), status) ?? clock.GetStatusTime(),
    };

    private static DateTime? Same(V1Condition? old, string status) => old?.Status == status ? old.LastTransitionTime : null;
}
