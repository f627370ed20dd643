namespace KvmOperator.Api.Attributes;

/// <summary>Other names by which kubectl knows a kind.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KubernetesEntityShortNamesAttribute(params string[] shortNames) : Attribute
{
    /// <summary>The names.</summary>
    public IReadOnlyList<string> ShortNames { get; } = shortNames;
}
