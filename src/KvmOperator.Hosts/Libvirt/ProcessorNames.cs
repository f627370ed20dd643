using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Finds out which processor model or feature a libvirt does not know: newer ones have more names than older ones. Pure.</summary>
internal static class ProcessorNames
{
    private static readonly char[] Separators = [' ', '\n', '\r', '\t', ':', '\'', '"'];

    /// <summary>The feature that libvirt says it does not know; null when that is not what it says.</summary>
    /// <param name="said">What libvirt said: a message that ends with the name, in whichever language (cpu_x86.c, "Unknown CPU feature").</param>
    /// <param name="cpus">The processors that it was asked about.</param>
    public static string? UnknownFeature(string said, IEnumerable<string> cpus) => Named(said, cpus.SelectMany(cpu => Features(XElement.Parse(cpu))).Select(feature => (string?)feature.Attribute("name")));

    /// <summary>As the other, for a model or a feature.</summary>
    public static string? Unknown(string said, string cpu) =>
        UnknownFeature(said, [cpu]) ?? Named(said, XElement.Parse(cpu).DescendantsAndSelf("model").Select(model => model.Value.Trim()));

    /// <summary>A processor without a feature.</summary>
    public static string Without(string cpu, string feature)
    {
        var element = XElement.Parse(cpu);
        Features(element).Where(one => (string?)one.Attribute("name") == feature).Remove();
        return element.ToString(SaveOptions.DisableFormatting);
    }

    private static IEnumerable<XElement> Features(XElement cpu) => cpu.DescendantsAndSelf("feature");

    private static string? Named(string said, IEnumerable<string?> names) =>
        said.Split(Separators, StringSplitOptions.RemoveEmptyEntries) is [.., var last] && names.Contains(last.TrimEnd('.'), StringComparer.Ordinal) ? last.TrimEnd('.') : null;
}
