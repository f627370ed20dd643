using System.Globalization;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Beat;

/// <summary>Reads the lines of <c>beat.sh</c>. A line that is cut, or that nobody expected, is none and spoils no other. Pure.</summary>
internal static class BeatParser
{
    private const string BeatWord = "beat ";
    private const string EndWord = ".";
    private const string StoreWord = "store ";
    private const string FilesWord = "files";
    private const int BeatFields = 13;
    private const int IdleField = 3;
    private const int WaitField = 4;
    private const int CpuFields = 8;
    private const int StoreWords = 7;
    private const long KernelUnit = 1024;

    /// <summary>A beat; null when the line is none.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="knownBootId">The boot of the beat before; the same text is used again.</param>
    public static HostBeat? ParseBeat(ReadOnlySpan<char> line, string? knownBootId = null)
    {
        Span<Range> ranges = stackalloc Range[BeatFields + 1];
        if (!line.StartsWith(BeatWord, StringComparison.Ordinal))
        {
            return null;
        }

        var fields = line[BeatWord.Length..];
        if (fields.Split(ranges, '|') != BeatFields
            || !IsNumber(fields[ranges[0]], out var sequence)
            || !Guid.TryParseExact(fields[ranges[1]], "D", out _)
            || !IsSeconds(fields[ranges[2]], out var uptime)
            || !IsProcessors(fields[ranges[3]], out var processors)
            || !IsCpuTimes(fields[ranges[4]], out var cpuTimes)
            || !IsDecimal(fields[ranges[5]], out var load)
            || !IsMemory(fields[ranges[6]], "MemTotal:", out var memory)
            || !IsMemory(fields[ranges[6]], "MemAvailable:", out var available)
            || !IsPressure(fields[ranges[7]], fields[ranges[8]], fields[ranges[9]], out var pressure)
            || !IsSpace("1024", fields[ranges[10]], out var hugePages)
            || fields[ranges[12]] is not EndWord)
        {
            return null;
        }

        var boot = fields[ranges[1]];
        return new HostBeat(
            sequence, boot.SequenceEqual(knownBootId) ? knownBootId! : boot.ToString(), uptime, processors, cpuTimes, load, pressure, memory, available)
        {
            HugePagesBytes = hugePages,
            Bridges = fields[ranges[11]].IsEmpty ? [] : fields[ranges[11]].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
    }

    /// <summary>Whether the line says that one of the watched files changed.</summary>
    public static bool IsOfFiles(ReadOnlySpan<char> line) => line.SequenceEqual(FilesWord);

    /// <summary>What the probe of a store told; null when the line is none of its lines.</summary>
    public static StoreBeat? ParseStore(ReadOnlySpan<char> line)
    {
        if (!line.StartsWith(StoreWord, StringComparison.Ordinal))
        {
            return null;
        }

        // PATH STATE NUMBER SECONDS, and behind them what belongs to the state.
        Span<Range> ranges = stackalloc Range[StoreWords + 1];
        var words = line[StoreWord.Length..];
        var count = words.Split(ranges, ' ');
        if (count < 4 || words[ranges[0]] is not ['/', ..] || !IsNumber(words[ranges[2]], out var number) || !IsSeconds(words[ranges[3]], out var took))
        {
            return null;
        }

        var path = MountPathText.Decode(words[ranges[0]]);
        return words[ranges[1]] switch
        {
            "ok" when count == StoreWords
                && IsSpace(words[ranges[4]], words[ranges[5]], out var size)
                && IsSpace(words[ranges[4]], words[ranges[6]], out var available) => new StoreBeat(path, StoreState.Answers, number, took, size, available, string.Empty),
            "missing" when count == 4 => new StoreBeat(path, StoreState.Missing, number, took, 0, 0, StoreProbe.NotMounted),
            "waiting" when count == 4 => new StoreBeat(path, StoreState.Waiting, number, took, 0, 0, "did not answer in time"),
            "failed" when count > 4 => new StoreBeat(path, StoreState.Failed, number, took, 0, 0, words[ranges[4].Start..].ToString()),
            _ => null,
        };
    }

    /// <summary>A number of seconds, with or without a fraction.</summary>
    public static bool IsSeconds(ReadOnlySpan<char> text, out TimeSpan time)
    {
        var isSeconds = IsDecimal(text, out var seconds) && seconds < int.MaxValue;
        time = isSeconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return isSeconds;
    }

    /// <summary>A whole number that is not negative.</summary>
    public static bool IsNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>So many units, in bytes. False when no disk is that large.</summary>
    public static bool IsSpace(ReadOnlySpan<char> unit, ReadOnlySpan<char> units, out long bytes)
    {
        bytes = 0;
        if (!IsNumber(unit, out var size) || !IsNumber(units, out var count) || (size > 0 && count > long.MaxValue / size))
        {
            return false;
        }

        bytes = size * count;
        return true;
    }

    private static bool IsDecimal(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>All of them, or none where the kernel does not measure it.</summary>
    private static bool IsPressure(ReadOnlySpan<char> cpu, ReadOnlySpan<char> memory, ReadOnlySpan<char> inputOutput, out Pressure? pressure)
    {
        var isMeasured = IsAverage(cpu, out var ofCpu) & IsAverage(memory, out var ofMemory) & IsAverage(inputOutput, out var ofInputOutput);
        pressure = isMeasured ? new Pressure(ofCpu, ofMemory, ofInputOutput) : null;
        return isMeasured || (cpu.IsEmpty && memory.IsEmpty && inputOutput.IsEmpty);
    }

    private static bool IsAverage(ReadOnlySpan<char> text, out double value)
    {
        const string Average = "avg10=";
        value = 0;
        return text.StartsWith(Average, StringComparison.Ordinal) && IsDecimal(text[Average.Length..], out value);
    }

    /// <summary>How many processors a list such as <c>0-3,8</c> names (the kernel's admin-guide/cputopology).</summary>
    private static bool IsProcessors(ReadOnlySpan<char> list, out int processors)
    {
        const int MostProcessors = 1 << 20;
        processors = 0;
        foreach (var part in list.Split(','))
        {
            var range = list[part];
            var dash = range.IndexOf('-');
            if (!IsNumber(dash < 0 ? range : range[..dash], out var first) || !IsNumber(dash < 0 ? range : range[(dash + 1)..], out var last) || first > last || last >= MostProcessors)
            {
                return false;
            }

            processors = (int)Math.Min(processors + last - first + 1, MostProcessors);
        }

        return processors > 0;
    }

    /// <summary><c>cpu user nice system idle iowait irq softirq steal guest guest_nice</c>: guests' time is contained in user and nice.</summary>
    private static bool IsCpuTimes(ReadOnlySpan<char> line, out CpuTimes times)
    {
        times = default;
        if (!line.StartsWith("cpu ", StringComparison.Ordinal))
        {
            return false;
        }

        var (field, total, idle) = (0, 0L, 0L);
        foreach (var part in line[4..].Split(' '))
        {
            var text = line[4..][part];
            if (text.IsEmpty)
            {
                continue;
            }

            if (!IsNumber(text, out var ticks) || ticks > long.MaxValue / (2 * CpuFields))
            {
                return false;
            }

            idle += field is IdleField or WaitField ? ticks : 0;
            total += ticks;
            if (++field == CpuFields)
            {
                break;
            }
        }

        times = new CpuTimes(total - idle, total);
        return field > WaitField;
    }

    private static bool IsMemory(ReadOnlySpan<char> lines, string name, out long bytes)
    {
        bytes = 0;
        var start = lines.IndexOf(name, StringComparison.Ordinal);
        if (start < 0)
        {
            return false;
        }

        var value = lines[(start + name.Length)..].TrimStart(' ');
        var end = value.IndexOf(" kB", StringComparison.Ordinal);
        if (end < 0 || !IsNumber(value[..end], out var kernelUnits) || kernelUnits > long.MaxValue / KernelUnit)
        {
            return false;
        }

        bytes = kernelUnits * KernelUnit;
        return true;
    }
}
