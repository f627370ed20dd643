using k8s.Models;

namespace KvmOperator.UnitTests.CustomResourceDefinitions;

/// <summary>A place in a schema.</summary>
/// <param name="Path">Where it is, for people.</param>
/// <param name="Schema">What stands there.</param>
/// <param name="IsNamed">Whether it is a field, and not the items of one.</param>
internal sealed record SchemaField(string Path, V1JSONSchemaProps Schema, bool IsNamed);
