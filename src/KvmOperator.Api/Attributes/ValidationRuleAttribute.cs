namespace KvmOperator.Api.Attributes;

/// <summary>A rule in CEL (x-kubernetes-validations). Whatever it refuses, the validator of the kind refuses too: old servers do not know CEL.</summary>
/// <param name="rule">The expression; <c>self</c> is what it stands on.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ValidationRuleAttribute(string rule) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule { get; } = rule;

    /// <summary>What is said to the person whose object is refused: what to do instead.</summary>
    public string? Message { get; init; }

    /// <summary>The field that the message is about, where it is not the one that the rule stands on.</summary>
    public string? FieldPath { get; init; }
}
