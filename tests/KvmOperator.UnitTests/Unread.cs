using System.Text.Json;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.UnitTests;

/// <summary>Objects that this version cannot read.</summary>
internal static class Unread
{
    /// <summary>One of whatever kind.</summary>
    /// <param name="inNamespace">Its namespace; null for a kind of the cluster.</param>
    /// <param name="name">Its name.</param>
    /// <param name="content">What the server told of it.</param>
    public static UndecodableObject Object(string? inNamespace, string name, string content)
    {
        using var document = JsonDocument.Parse(content);
        return new UndecodableObject(new EntityKey(inNamespace, name), null, new Dictionary<string, string>(StringComparer.Ordinal), document.RootElement.Clone(), "an unknown word");
    }
}
