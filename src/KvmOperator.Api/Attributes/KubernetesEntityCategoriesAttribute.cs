namespace KvmOperator.Api.Attributes;

/// <summary>Groups of kinds that kubectl lists together.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityCategoriesAttribute(params string[] categories) : Attribute
{
    /// <summary>The groups.</summary>
    public IReadOnlyList<string> Categories { get; } = categories;
}
