using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace KvmOperator.CustomResourceDefinitions;

/// <summary>The summaries of an assembly's docstrings as plain text, as the compiler writes them beside the assembly.</summary>
internal sealed class XmlDocumentation
{
    private readonly IReadOnlyDictionary<string, string> summaries;

    private XmlDocumentation(IReadOnlyDictionary<string, string> summaries) => this.summaries = summaries;

    /// <summary>Reads what the compiler wrote for an assembly.</summary>
    /// <exception cref="FileNotFoundException">The assembly was built or copied without its documentation.</exception>
    public static XmlDocumentation Of(Assembly assembly)
    {
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing: descriptions come from it. Build with GenerateDocumentationFile", path);
        }

        using var reader = File.OpenText(path);
        return Read(reader);
    }

    /// <summary>Reads documentation in the compiler's format.</summary>
    public static XmlDocumentation Read(TextReader reader)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in XDocument.Load(reader, LoadOptions.PreserveWhitespace).Descendants("member"))
        {
            if ((string?)member.Attribute("name") is { } name && member.Element("summary") is { } summary && PlainText(summary) is { Length: > 0 } text)
            {
                found[name] = text;
            }
        }

        return new XmlDocumentation(found);
    }

    /// <summary>What a type is; null where nothing was written.</summary>
    public string? SummaryOf(Type type) => summaries.GetValueOrDefault("T:" + NameOf(type));

    /// <summary>What a property means; null where nothing was written.</summary>
    public string? SummaryOf(PropertyInfo property) => summaries.GetValueOrDefault($"P:{NameOf(property.DeclaringType!)}.{property.Name}");

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string PlainText(XElement summary)
    {
        var text = new StringBuilder();
        Append(summary, text);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Append(XElement element, StringBuilder text)
    {
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText words:
                    text.Append(words.Value);
                    break;
                case XElement { Name.LocalName: "para" or "br" or "list" or "item" or "term" or "description" } block:
                    text.Append(' ');
                    Append(block, text);
                    text.Append(' ');
                    break;
                case XElement { IsEmpty: true } reference:
                    text.Append(Referred(reference));
                    break;
                case XElement inline:
                    Append(inline, text);
                    break;
            }
        }
    }

    private static string? Referred(XElement reference) =>
        (string?)reference.Attribute("cref") is { } member
            ? LastNameOf(member)
            : (string?)reference.Attribute("langword") ?? (string?)reference.Attribute("name") ?? (string?)reference.Attribute("href");

    private static string LastNameOf(string member)
    {
        var withoutArguments = member.Split('(', 2)[0];
        var name = withoutArguments[(withoutArguments.LastIndexOfAny(['.', ':']) + 1)..];

        // Whoever reads a description knows the field by its name in YAML.
        return member.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }
}
