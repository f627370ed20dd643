namespace KvmOperator.Api.Attributes;

/// <summary>The text has to match a regular expression (RE2, as Kubernetes reads it).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string regexPattern) : Attribute
{
    /// <summary>The expression.</summary>
    public string RegexPattern { get; } = regexPattern;
}
