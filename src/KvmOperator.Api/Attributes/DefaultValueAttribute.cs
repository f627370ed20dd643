namespace KvmOperator.Api.Attributes;

/// <summary>What the server fills in where nothing was said.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DefaultValueAttribute(object value) : Attribute
{
    /// <summary>The value: a text, a number, a truth value or a member of an enumeration.</summary>
    public object Value { get; } = value;
}
