using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace KvmOperator.UnitTests.ArgoCd;

/// <summary>Writes an object as a Lua script gets it. Pure.</summary>
internal static class LuaTable
{
    /// <summary>The expression that makes it.</summary>
    public static string Of(JsonNode? node) => node switch
    {
        JsonObject map => $"{{{string.Join(", ", map.Where(pair => pair.Value is not null).Select(pair => $"[{Quoted(pair.Key)}] = {Of(pair.Value)}"))}}}",
        JsonArray items => $"{{{string.Join(", ", items.Select(Of))}}}",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Quoted((string)value!),
        null => "nil",
        _ => node.ToJsonString(),
    };

    /// <summary>A text by its bytes, of which those that are no plain letters are written as numbers.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\')
            {
                quoted.Append((char)octet);
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\{octet:000}");
            }
        }

        return quoted.Append('"').ToString();
    }
}
