using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KvmOperator.ApiTests.Libvirt;

/// <summary>
/// Understands libvirt's description of its protocol (<c>remote_protocol.x</c>, RFC 4506 with names of its own), so that messages can be written and read as libvirt does, by a second and
/// independent hand. Values are JSON, by the names of libvirt's fields.
/// </summary>
internal sealed partial class ProtocolDescription
{
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal) { ["VIR_UUID_BUFLEN"] = "16" };
    private readonly Dictionary<string, Field> aliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Field>> structures = new(StringComparer.Ordinal);
    private readonly HashSet<string> enumerations = new(StringComparer.Ordinal);

    public ProtocolDescription(params IEnumerable<string> descriptions)
    {
        var text = string.Join('\n', descriptions.Select(description => Noise.Replace(description, " ")));
        foreach (Match constant in Constant.Matches(text))
        {
            constants[constant.Groups["name"].Value] = constant.Groups["value"].Value;
        }

        foreach (Match enumeration in Enumeration.Matches(text))
        {
            enumerations.Add(enumeration.Groups["name"].Value);
            foreach (Match member in Member.Matches(enumeration.Groups["body"].Value))
            {
                constants[member.Groups["name"].Value] = member.Groups["value"].Value;
            }
        }

        foreach (Match alias in Alias.Matches(text))
        {
            var field = Field.Parse(alias.Groups["field"].Value);
            aliases[field.Name] = field;
        }

        foreach (Match structure in Structure.Matches(text))
        {
            structures[structure.Groups["name"].Value] =
                [.. structure.Groups["body"].Value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Field.Parse)];
        }
    }

    /// <summary>The value of a constant, an enumeration's member or a procedure.</summary>
    public int Number(string name) =>
        constants[name] is var value && value.StartsWith("0x", StringComparison.Ordinal)
            ? unchecked((int)uint.Parse(value[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            : int.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : Number(value);

    public bool Has(string structure) => structures.ContainsKey(structure);

    /// <summary>Reads a whole message.</summary>
    public JsonObject Read(string structure, byte[] message)
    {
        var position = 0;
        var value = ReadStructure(structure, message, ref position);
        return position == message.Length ? value : throw new InvalidDataException($"{structure} has {position} bytes, the message {message.Length}");
    }

    /// <summary>Writes a whole message. Every field has to be there.</summary>
    public byte[] Write(string structure, JsonObject value)
    {
        var message = new List<byte>();
        WriteStructure(structure, value, message);
        return [.. message];
    }

    private JsonObject ReadStructure(string structure, byte[] message, ref int position)
    {
        var value = new JsonObject();
        foreach (var field in structures[structure])
        {
            value[field.Name] = ReadField(field, message, ref position);
        }

        return value;
    }

    private JsonNode? ReadField(Field field, byte[] message, ref int position)
    {
        switch (field)
        {
            case { IsOptional: true }:
                return Word(message, ref position) == 0 ? null : ReadType(field.Type, message, ref position);
            case { Type: "string" }:
                var length = Word(message, ref position);
                var text = Encoding.UTF8.GetString(message, position, length);
                position += (length + 3) / 4 * 4;
                return text;
            case { Type: "opaque" }:
                position += 16;
                return new Guid(message.AsSpan(position - 16, 16), bigEndian: true).ToString();
            case { IsList: true }:
                var list = new JsonArray();
                for (var left = Word(message, ref position); left > 0; left--)
                {
                    list.Add(ReadType(field.Type, message, ref position));
                }

                return list;
            default:
                return ReadType(field.Type, message, ref position);
        }
    }

    private JsonNode? ReadType(string type, byte[] message, ref int position)
    {
        if (aliases.TryGetValue(type, out var alias))
        {
            return ReadField(alias, message, ref position);
        }

        if (structures.ContainsKey(type))
        {
            return ReadStructure(type, message, ref position);
        }

        switch (type)
        {
            case "unsigned hyper" or "hyper":
                position += 8;
                return BinaryPrimitives.ReadInt64BigEndian(message.AsSpan(position - 8));
            case "unsigned int" or "unsigned" or "int" or "unsigned char" or "unsigned short":
                return Word(message, ref position);
            default:
                return enumerations.Contains(type) ? Word(message, ref position) : throw new NotSupportedException(type);
        }
    }

    private static int Word(byte[] message, ref int position)
    {
        position += 4;
        return BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(position - 4));
    }

    private void WriteStructure(string structure, JsonObject value, List<byte> message)
    {
        Assert(value.Select(pair => pair.Key).SequenceEqual(structures[structure].Select(field => field.Name)), $"{structure} has the fields {string.Join(", ", structures[structure].Select(field => field.Name))}");
        foreach (var field in structures[structure])
        {
            WriteField(field, value[field.Name], message);
        }
    }

    private void WriteField(Field field, JsonNode? value, List<byte> message)
    {
        switch (field)
        {
            case { IsOptional: true }:
                Add(message, value is null ? 0 : 1);
                if (value is not null)
                {
                    WriteType(field.Type, value, message);
                }

                break;
            case { Type: "string" }:
                var bytes = Encoding.UTF8.GetBytes((string)value!);
                Add(message, bytes.Length);
                message.AddRange([.. bytes, .. new byte[(4 - (bytes.Length % 4)) % 4]]);
                break;
            case { Type: "opaque" }:
                message.AddRange(new Guid((string)value!).ToByteArray(bigEndian: true));
                break;
            case { IsList: true }:
                var list = value!.AsArray();
                Add(message, list.Count);
                foreach (var item in list)
                {
                    WriteType(field.Type, item, message);
                }

                break;
            default:
                WriteType(field.Type, value, message);
                break;
        }
    }

    private void WriteType(string type, JsonNode? value, List<byte> message)
    {
        if (aliases.TryGetValue(type, out var alias))
        {
            WriteField(alias, value, message);
        }
        else if (structures.ContainsKey(type))
        {
            WriteStructure(type, value!.AsObject(), message);
        }
        else if (type == "remote_typed_param_value")
        {
            // A union: the kind, and then a value of that kind. The samples have numbers only.
            var kind = (int)value![0]!;
            Add(message, kind);
            WriteType(kind is 3 or 4 ? "hyper" : "int", value[1], message);
        }
        else if (type.EndsWith("hyper", StringComparison.Ordinal))
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, (long)value!);
            message.AddRange(bytes);
        }
        else
        {
            Assert(type is "unsigned int" or "unsigned" or "int" or "unsigned char" or "unsigned short" || enumerations.Contains(type), $"nobody knows {type}");
            Add(message, (int)value!);
        }
    }

    private static void Add(List<byte> message, int word)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, word);
        message.AddRange(bytes);
    }

    private static void Assert(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidDataException(message);
        }
    }

    [GeneratedRegex(@"/\*.*?\*/|^%.*?$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Noise { get; }

    [GeneratedRegex(@"\bconst\s+(?<name>\w+)\s*=\s*(?<value>\w+)\s*;", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Constant { get; }

    [GeneratedRegex(@"\benum\s+(?<name>\w+)\s*\{(?<body>[^}]*)\}", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Enumeration { get; }

    [GeneratedRegex(@"(?<name>\w+)\s*=\s*(?<value>\w+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Member { get; }

    [GeneratedRegex(@"\btypedef\s+(?<field>[^;{}]+);", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Alias { get; }

    [GeneratedRegex(@"\bstruct\s+(?<name>\w+)\s*\{(?<body>[^}]*)\}", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Structure { get; }

    /// <summary>A field, or what a typedef stands for.</summary>
    private sealed partial record Field(string Type, string Name, bool IsOptional, bool IsList)
    {
        public static Field Parse(string text)
        {
            var parts = Declaration.Match(text.Trim());
            Assert(parts.Success, $"no declaration: {text}");
            return new Field(parts.Groups["type"].Value, parts.Groups["name"].Value, parts.Groups["star"].Success, parts.Groups["list"].Success && parts.Groups["type"].Value is not ("string" or "opaque"));
        }

        [GeneratedRegex(@"^(?<type>(unsigned\s+)?\w+)\s+(?<star>\*\s*)?(?<name>\w+)\s*(?<list><[^>]*>|\[[^\]]*\])?$", RegexOptions.ExplicitCapture, 10_000)]
        private static partial Regex Declaration { get; }
    }
}
