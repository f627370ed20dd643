using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Turns the observation script's text into a record. A part that is missing or broken never spoils the others.</summary>
internal static class ObservationParser
{
    private const string ListedMark = "@listed ";
    private const string AfterMark = "\n@after\n";
    private const string EndMark = "@end";

    public static HostObservation Parse(string text, IReadOnlyList<string> mountPaths)
    {
        var sections = new SectionedOutput(text);
        var kernel = sections.Lines("kernel")
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToLookup(parts => parts[0].Split('/')[^1], parts => parts[1], StringComparer.Ordinal);
        var memory = kernel["meminfo"]
            .Select(line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length >= 2)
            .ToDictionary(fields => fields[0], fields => SectionedOutput.Number(fields[1]) * 1024, StringComparer.Ordinal);
        var (isWhole, seen) = ParseDomains(sections["domains"]);

        return new HostObservation(
            First("boot_id"),
            KernelFigures.Processors(First("online")),
            KernelFigures.CpuTimes(First("stat")),
            KernelFigures.LoadAverage(First("loadavg")),
            KernelFigures.Pressure(Some("cpu"), Some("memory"), Some("io")),
            memory.GetValueOrDefault("MemTotal"),
            memory.GetValueOrDefault("MemAvailable"),
            isWhole,
            seen,
            [.. mountPaths.Select(path => ParseStore(path, sections[$"store {path}"]))])
        {
            HugePagesBytes = sections.Lines("kernel").Sum(HugePages),
            Networks = Whole("networks"),
            Bridges = Whole("bridges"),
        };

        IReadOnlyList<string>? Whole(string section) => sections.Lines(section).Select(line => line.Trim()).ToList() is [.. var names, EndMark] ? names : null;

        string First(string file) => kernel[file].FirstOrDefault(string.Empty);

        string Some(string resource) => kernel[resource].FirstOrDefault(line => line.StartsWith("some ", StringComparison.Ordinal)) ?? string.Empty;
    }

    /// <summary>The bytes of the huge pages of one size, out of <c>…/hugepages-SIZEkB/nr_hugepages:COUNT</c>; 0 for any other line.</summary>
    private static long HugePages(string line)
    {
        const string size = "/hugepages-", count = "kB/nr_hugepages:";
        var (start, end) = (line.IndexOf(size, StringComparison.Ordinal), line.IndexOf(count, StringComparison.Ordinal));
        return start < 0 || end < start ? 0 : SectionedOutput.Number(line[(start + size.Length)..end]) * SectionedOutput.Number(line[(end + count.Length)..]) * 1024;
    }

    private static StoreProbe ParseStore(string path, string text)
    {
        if (text.Split(' ') is not ["size", var unit, var blocks, var available])
        {
            return text.Length == 0 ? StoreProbe.Silent(path) : new StoreProbe(path, Answers: false, 0, 0, text);
        }

        var bytes = SectionedOutput.Number(unit);
        return new StoreProbe(path, Answers: true, bytes * SectionedOutput.Number(blocks), bytes * SectionedOutput.Number(available), string.Empty);
    }

    /// <summary>
    /// A domain that was listed and not shown is not gone: libvirt may have gone away in between. Only a second list at the end, from a libvirt that still answers, tells that it is.
    /// </summary>
    /// <returns>Whether every domain is accounted for, and those that were shown.</returns>
    private static (bool IsWhole, IReadOnlyList<DomainObservation> Domains) ParseDomains(string text)
    {
        var listed = text.Split('\n').TakeWhile(line => line.StartsWith(ListedMark, StringComparison.Ordinal)).Select(line => line[ListedMark.Length..]).ToList();
        var statistics = ParseStatistics(Between(text, string.Empty, listed.Count > 0 ? DomainMark(listed[0]) : AfterMark).Text);
        var domains = new List<DomainObservation>();
        var missing = new List<string>();
        var position = 0;
        foreach (var (uuid, next) in listed.Zip([.. listed.Skip(1).Select(DomainMark), AfterMark]))
        {
            (var xml, position) = Between(text, DomainMark(uuid), next, position);
            if (ParseXml(xml) is { } element && ParseDomain(element, statistics) is { } domain && domain.Uuid.ToString() == uuid)
            {
                domains.Add(domain);
            }
            else
            {
                missing.Add(uuid);
            }
        }

        var after = Between(text, AfterMark, EndMark, position).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var areGone = missing.Count == 0 || (after.Length > 0 && !missing.Intersect(after, StringComparer.Ordinal).Any());
        return (text.EndsWith(EndMark, StringComparison.Ordinal) && areGone, domains);
    }

    /// <summary>What stands between two marks, and where it ends. The marks name the domains, so that nothing inside a description looks like one by chance.</summary>
    private static (string Text, int End) Between(string text, string from, string to, int position = 0)
    {
        var start = text.IndexOf(from, position, StringComparison.Ordinal);
        if (start < 0)
        {
            return (string.Empty, position);
        }

        start += from.Length;
        var end = text.IndexOf(to, start, StringComparison.Ordinal);
        return end < 0 ? (text[start..], text.Length) : (text[start..end], end);
    }

    private static string DomainMark(string uuid) => $"\n@domain {uuid}\n";

    /// <summary>libvirt prints <c>Domain: 'NAME'</c> and then indented lines <c>KEY=VALUE</c>.</summary>
    private static Dictionary<string, Dictionary<string, string>> ParseStatistics(string text)
    {
        var all = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        Dictionary<string, string>? current = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("Domain: '", StringComparison.Ordinal))
            {
                all[line["Domain: '".Length..].TrimEnd('\'')] = current = new Dictionary<string, string>(StringComparer.Ordinal);
            }
            else if (line.Trim().Split('=', 2) is [var key, var value])
            {
                current?.TryAdd(key, value);
            }
        }

        return all;
    }

    private static XElement? ParseXml(string text)
    {
        try
        {
            return XElement.Parse(text.Trim());
        }
        catch (XmlException)
        {
            // A domain that vanished between the two questions leaves no XML, nor does a libvirt that went away.
            return null;
        }
    }

    private static DomainObservation? ParseDomain(XElement domain, Dictionary<string, Dictionary<string, string>> statistics)
    {
        var name = (string?)domain.Element("name") ?? string.Empty;
        if (!statistics.TryGetValue(name, out var values) || !values.TryGetValue("state.state", out var state) || !Guid.TryParse((string?)domain.Element("uuid"), out var uuid))
        {
            return null;
        }

        var definition = DomainDefinition.Read(domain);
        return new DomainObservation(
            name,
            uuid,
            definition.Owner,
            (DomainState)SectionedOutput.Number(state),
            (int)SectionedOutput.Number(values.GetValueOrDefault("state.reason")),
            (int)SectionedOutput.Number(values.GetValueOrDefault("vcpu.current")),
            SectionedOutput.Number(values.GetValueOrDefault("balloon.current")) * 1024,
            SectionedOutput.Number(values.GetValueOrDefault("cpu.time")),
            definition.DiskPaths)
        {
            Moves = definition.Moves,
            MacAddresses = definition.MacAddresses,
        };
    }
}
