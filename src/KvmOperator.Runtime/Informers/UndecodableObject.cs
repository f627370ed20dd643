using System.Text.Json;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Runtime.Informers;

/// <summary>
/// An object that the server holds and that this program cannot read in its present version, as when a newer program wrote it. What can be
/// read without knowing the type is here.
/// </summary>
/// <param name="Key">The object.</param>
/// <param name="Uid">Its UID; null when even that cannot be read.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Content">The whole object as the server told it.</param>
/// <param name="Error">Why it cannot be read.</param>
public sealed record UndecodableObject(EntityKey Key, string? Uid, IReadOnlyDictionary<string, string> Labels, JsonElement Content, string Error)
{
    /// <summary>A text of the object by the names of the fields on the way to it, for example <c>spec</c>, <c>pool</c>; null when there is none.</summary>
    public string? Text(params ReadOnlySpan<string> path)
    {
        var at = Content;
        foreach (var name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at.ValueKind == JsonValueKind.String ? at.GetString() : null;
    }
}
