namespace KvmOperator.Api.Attributes;

/// <summary>A list whose items are told apart by these fields (x-kubernetes-list-type: map).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class XListMapKeysAttribute(params string[] keys) : Attribute
{
    /// <summary>The names of the fields in JSON.</summary>
    public IReadOnlyList<string> Keys { get; } = keys;
}
