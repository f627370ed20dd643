namespace KvmOperator.Api.Attributes;

/// <summary>Whether objects of a kind live in a namespace or in the cluster as a whole.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EntityScopeAttribute(EntityScope scope) : Attribute
{
    /// <summary>Where its objects live.</summary>
    public EntityScope Scope { get; } = scope;
}
