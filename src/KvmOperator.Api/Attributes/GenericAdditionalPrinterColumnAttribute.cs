namespace KvmOperator.Api.Attributes;

/// <summary>A column of <c>kubectl get</c>. Columns are shown in the order in which they are declared.</summary>
/// <param name="jsonPath">Where its value stands in the object.</param>
/// <param name="name">Its heading.</param>
/// <param name="type">The OpenAPI type of its value: string, integer, date, …</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GenericAdditionalPrinterColumnAttribute(string jsonPath, string name, string type) : Attribute
{
    /// <summary>Where its value stands in the object.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>Its heading.</summary>
    public string Name { get; } = name;

    /// <summary>The OpenAPI type of its value.</summary>
    public string Type { get; } = type;

    /// <summary>Above 0: shown with <c>-o wide</c> only.</summary>
    public int Priority { get; init; }
}
