namespace KvmOperator.Api.Attributes;

/// <summary>The least and the greatest number of items of a list, or of entries of a map.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsAttribute(int minimum, int maximum) : Attribute
{
    /// <summary>The least number.</summary>
    public int Minimum { get; } = minimum;

    /// <summary>The greatest number.</summary>
    public int Maximum { get; } = maximum;
}
