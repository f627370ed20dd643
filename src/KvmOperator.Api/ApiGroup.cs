namespace KvmOperator.Api;

/// <summary>The API group and version that all kinds of this operator belong to.</summary>
public static class ApiGroup
{
    /// <summary>The group of every kind.</summary>
    public const string Name = "kvmoperator.io";

    /// <summary>The version of every kind.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version as they stand in an object's <c>apiVersion</c>.</summary>
    public const string GroupVersion = Name + "/" + Version;
}
