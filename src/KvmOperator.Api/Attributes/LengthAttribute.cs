namespace KvmOperator.Api.Attributes;

/// <summary>The least and the greatest number of characters of a text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LengthAttribute(int minimum, int maximum) : Attribute
{
    /// <summary>The least number of characters.</summary>
    public int Minimum { get; } = minimum;

    /// <summary>The greatest number of characters.</summary>
    public int Maximum { get; } = maximum;
}
