namespace KvmOperator.Api.Attributes;

/// <summary>The field has to be there.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;
