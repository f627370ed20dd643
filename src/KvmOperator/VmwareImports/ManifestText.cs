using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KvmOperator.VmwareImports;

/// <summary>Writes an object as YAML as people keep it. Pure. Every text that is not a plain word is quoted as JSON quotes it, which YAML reads alike.</summary>
internal static class ManifestText
{
    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object of Kubernetes in JSON as YAML; what is null or empty is left out, and so is its status.</summary>
    public static string Of(string json)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root.Remove("status");
        var text = new StringBuilder();
        foreach (var name in new[] { "apiVersion", "kind", "metadata", "spec" })
        {
            Member(text, name, root[name], 0);
        }

        return text.ToString();
    }

    private static void Member(StringBuilder text, string name, JsonNode? value, int depth)
    {
        if (IsEmpty(value))
        {
            return;
        }

        _ = text.Append(' ', depth).Append(Scalar(name)).Append(':');
        switch (value)
        {
            case JsonObject inner:
                _ = text.Append('\n');
                Members(text, inner, depth + 2);
                break;
            case JsonArray items:
                _ = text.Append('\n');
                Items(text, items, depth);
                break;
            default:
                _ = text.Append(' ').Append(Scalar(value!)).Append('\n');
                break;
        }
    }

    private static void Members(StringBuilder text, JsonObject value, int depth)
    {
        foreach (var (name, inner) in value)
        {
            Member(text, name, inner, depth);
        }
    }

    private static void Items(StringBuilder text, JsonArray items, int depth)
    {
        foreach (var item in items)
        {
            if (item is JsonObject inner)
            {
                // The first member stands behind the hyphen.
                var start = text.Length;
                Members(text, inner, depth + 2);
                if (text.Length > start)
                {
                    text[start + depth] = '-';
                }
            }
            else if (item is not null)
            {
                _ = text.Append(' ', depth).Append("- ").Append(Scalar(item)).Append('\n');
            }
        }
    }

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray items => items.Count == 0,
        JsonObject inner => inner.All(pair => IsEmpty(pair.Value)),
        _ => false,
    };

    private static string Scalar(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? Scalar(value.GetValue<string>()) : value.ToJsonString();

    /// <summary>A word of letters that YAML could take for nothing else stands as it is.</summary>
    private static string Scalar(string word) =>
        word.Length > 0 && char.IsAsciiLetter(word[0]) && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '/' or '.')
            && word.ToLowerInvariant() is not ("y" or "yes" or "n" or "no" or "true" or "false" or "on" or "off" or "null")
            ? word
            : JsonSerializer.Serialize(word, Quoted);
}
