namespace KvmOperator.Api.Attributes;

/// <summary>The least value of a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeMinimumAttribute(long minimum) : Attribute
{
    /// <summary>The least value.</summary>
    public long Minimum { get; } = minimum;
}
