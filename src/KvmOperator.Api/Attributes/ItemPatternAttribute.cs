namespace KvmOperator.Api.Attributes;

/// <summary>What each text of a list, or each value of a map of texts, has to look like.</summary>
/// <param name="regexPattern">The regular expression (RE2).</param>
/// <param name="maximumLength">The greatest number of characters.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemPatternAttribute(string regexPattern, int maximumLength) : Attribute
{
    /// <summary>The regular expression.</summary>
    public string RegexPattern { get; } = regexPattern;

    /// <summary>The greatest number of characters.</summary>
    public int MaximumLength { get; } = maximumLength;
}
