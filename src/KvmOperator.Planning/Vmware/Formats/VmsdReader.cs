using System.Globalization;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Reads the snapshots of a .vmsd, which has the syntax of a .vmx.</summary>
public static class VmsdReader
{
    private const int MaximumSnapshots = 1024;
    private const int MaximumDisks = 256;

    /// <summary>The snapshots in the file's order, none for an empty file.</summary>
    /// <exception cref="VmwareFormatException">It is no text, too large, or has too many keys.</exception>
    public static IReadOnlyList<VmSnapshot> Read(ReadOnlySpan<byte> bytes) => Read(VmxReader.Read(bytes));

    /// <summary>The snapshots in the file's order. The file's own number of them is not believed: it may be out of date.</summary>
    public static IReadOnlyList<VmSnapshot> Read(VmxFile file)
    {
        var snapshots = new List<VmSnapshot>();
        for (var index = 0; index < MaximumSnapshots; index++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"snapshot{index}.");
            if (file.Number(prefix + "uid") is not { } uid)
            {
                continue;
            }

            var disks = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            for (var disk = 0; disk < MaximumDisks; disk++)
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}disk{disk}.");
                if (file.Text(key + "fileName") is not { } name)
                {
                    break;
                }

                disks[file.Text(key + "node") ?? string.Create(CultureInfo.InvariantCulture, $"disk{disk}")] = name;
            }

            snapshots.Add(new VmSnapshot(
                uid,
                file.Text(prefix + "displayName") ?? string.Create(CultureInfo.InvariantCulture, $"snapshot {uid}"),
                file.Text(prefix + "description"),
                file.Number(prefix + "parent"),
                Created(file.Number(prefix + "createTimeHigh"), file.Number(prefix + "createTimeLow")),
                file.Text(prefix + "filename"),
                disks));
        }

        return snapshots;
    }

    /// <summary>Two signed halves of microseconds since 1970; the lower one is often negative.</summary>
    private static DateTimeOffset? Created(long? high, long? low)
    {
        if (high is not (>= 0 and < 1 << 24) || low is null)
        {
            return null;
        }

        var microseconds = (high.Value << 32) | (uint)low.Value;
        return microseconds > 253_402_300_799_000_000 ? null : DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
    }
}
