namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A key that stands in a file more than once.</summary>
/// <param name="Key">The key, in small letters.</param>
/// <param name="Values">Its values, in the file's order. The last one counts.</param>
public sealed record VmxDuplicate(string Key, IReadOnlyList<string> Values)
{
    /// <summary>Whether the values are the same, so that it does not matter which one counts.</summary>
    public bool IsHarmless => Values.All(value => string.Equals(value, Values[0], StringComparison.OrdinalIgnoreCase));
}
