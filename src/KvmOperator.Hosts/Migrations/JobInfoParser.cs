using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Migrations;

/// <summary>Reads <c>virsh domjobinfo --rawstats</c>.</summary>
internal static class JobInfoParser
{
    private const long NoJob = 0;

    /// <summary>Null when no job runs, or none has been completed.</summary>
    public static MigrationProgress? Parse(string text)
    {
        var values = text.Split('\n')
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        return MigrationProgress.From(
            SectionedOutput.Number(values.GetValueOrDefault("Job type")) != NoJob,
            name => values.TryGetValue(name, out var value) ? SectionedOutput.Number(value) : null);
    }
}
