namespace KvmOperator.Api.Attributes;

/// <summary>The greatest value of a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMaximumAttribute(long maximum) : Attribute
{
    /// <summary>The greatest value.</summary>
    public long Maximum { get; } = maximum;
}
