using System.Text.Json.Nodes;

namespace KvmOperator.Runtime.Status;

/// <summary>The difference between two statuses as a JSON merge patch. Pure.</summary>
internal static class StatusPatch
{
    private const string Conditions = "conditions";
    private const string ConditionType = "type";

    /// <summary>What must be said to turn one status into the other; null when they are the same. The order of conditions means nothing.</summary>
    public static JsonObject? Between(JsonObject before, JsonObject after)
    {
        var patch = Difference(before, after) ?? [];
        if (AreSameConditions(before[Conditions], after[Conditions]))
        {
            patch.Remove(Conditions);
        }

        return patch.Count == 0 ? null : patch;
    }

    /// <summary>Whether the patch replaces the list of conditions, which others may have written to as well.</summary>
    public static bool TouchesConditions(JsonObject patch) => patch.ContainsKey(Conditions);

    /// <summary>
    /// The patch with only the conditions that were changed between the two statuses laid over those that the server has now: a list is
    /// replaced as a whole by a merge patch, and others own conditions too.
    /// </summary>
    public static JsonObject OntoConditionsOf(JsonObject current, JsonObject before, JsonObject after, JsonObject patch)
    {
        var merged = (JsonObject)patch.DeepClone();
        var old = ByType(before);
        var now = ByType(after);
        var kept = (current[Conditions] as JsonArray ?? [])
            .Where(condition => !(old.ContainsKey(TypeOf(condition)) && !now.ContainsKey(TypeOf(condition))))
            .Select(condition => now.TryGetValue(TypeOf(condition), out var ours) && IsChanged(old, TypeOf(condition), ours) ? ours : condition);
        var added = now.Where(pair => !ByType(current).ContainsKey(pair.Key) && IsChanged(old, pair.Key, pair.Value)).Select(pair => pair.Value);
        merged[Conditions] = new JsonArray([.. kept.Concat(added).Select(condition => condition?.DeepClone())]);
        return merged;
    }

    /// <summary>
    /// Whether somebody has meanwhile changed, to something else, what was changed between the two statuses: that was decided on what is
    /// no longer so.
    /// </summary>
    /// <param name="held">The status as the server held it when it was decided.</param>
    /// <param name="current">The status as the server holds it now.</param>
    /// <param name="before">The status that the writer began with.</param>
    /// <param name="after">The status that the writer wants.</param>
    /// <param name="patch">The difference between the two.</param>
    public static bool IsOvertaken(JsonObject held, JsonObject current, JsonObject before, JsonObject after, JsonObject patch)
    {
        var fields = (JsonObject)patch.DeepClone();
        return (fields.Remove(Conditions) && AreConditionsOvertaken(held, current, ByType(before), ByType(after))) || AreFieldsOvertaken(held, current, fields);
    }

    private static bool AreConditionsOvertaken(JsonObject held, JsonObject current, Dictionary<string, JsonNode?> old, Dictionary<string, JsonNode?> now)
    {
        var then = ByType(held);
        var today = ByType(current);
        return old.Keys.Union(now.Keys, StringComparer.Ordinal)
            .Where(type => IsChanged(old, type, now.GetValueOrDefault(type)))
            .Any(type => IsOther(then.GetValueOrDefault(type), today.GetValueOrDefault(type), now.GetValueOrDefault(type)));
    }

    private static bool AreFieldsOvertaken(JsonObject held, JsonObject current, JsonObject patch) => patch.Any(field =>
        field.Value is JsonObject inner && held[field.Key] is JsonObject then && current[field.Key] is JsonObject today
            ? AreFieldsOvertaken(then, today, inner)
            : IsOther(held[field.Key], current[field.Key], field.Value));

    // What is there as it was wanted is the writer's own, of which it did not hear; or one that came to the same.
    private static bool IsOther(JsonNode? held, JsonNode? current, JsonNode? wanted) =>
        !JsonNode.DeepEquals(current, held) && !JsonNode.DeepEquals(current, wanted);

    private static JsonObject? Difference(JsonObject before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in after)
        {
            if (!before.TryGetPropertyValue(name, out var old))
            {
                patch[name] = value?.DeepClone();
            }
            else if (old is JsonObject oldObject && value is JsonObject newObject)
            {
                if (Difference(oldObject, newObject) is { } inner)
                {
                    patch[name] = inner;
                }
            }
            else if (!JsonNode.DeepEquals(old, value))
            {
                patch[name] = value?.DeepClone();
            }
        }

        foreach (var (name, _) in before)
        {
            if (!after.ContainsKey(name))
            {
                patch[name] = null;
            }
        }

        return patch.Count == 0 ? null : patch;
    }

    private static bool AreSameConditions(JsonNode? one, JsonNode? other) =>
        one is JsonArray before
        && other is JsonArray after
        && before.Count == after.Count
        && before.All(condition => after.Any(same => TypeOf(same) == TypeOf(condition) && JsonNode.DeepEquals(same, condition)));

    private static bool IsChanged(Dictionary<string, JsonNode?> old, string type, JsonNode? now) =>
        !old.TryGetValue(type, out var before) || !JsonNode.DeepEquals(before, now);

    private static Dictionary<string, JsonNode?> ByType(JsonObject status) =>
        (status[Conditions] as JsonArray ?? []).ToDictionary(TypeOf, condition => condition, StringComparer.Ordinal);

    private static string TypeOf(JsonNode? condition) => (string?)condition?[ConditionType] ?? string.Empty;
}
