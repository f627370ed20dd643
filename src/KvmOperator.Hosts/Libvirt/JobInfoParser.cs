namespace KvmOperator.Hosts.Libvirt;

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
        long Read(string name) => SectionedOutput.Number(values.GetValueOrDefault(name));

        if (Read("Job type") == NoJob && Read("data_total") == 0)
        {
            return null;
        }

        var pageSize = Math.Max(Read("memory_page_size"), 1);
        return new MigrationProgress(
            Read("data_total"),
            Read("data_processed"),
            Read("data_remaining"),
            Read("memory_bps"),
            Read("memory_dirty_rate") * pageSize,
            (int)Read("memory_iteration"),
            TimeSpan.FromMilliseconds(Read("time_elapsed")),
            values.ContainsKey("downtime") ? TimeSpan.FromMilliseconds(Read("downtime")) : null);
    }
}
