using System.Globalization;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Reads what the kernel says of itself in <c>/proc</c> and <c>/sys</c>. What cannot be read is 0, or null where that means something. Pure.</summary>
internal static class KernelFigures
{
    private const int IdleField = 4;
    private const int WaitField = 5;
    private const int FirstGuestField = 9;

    /// <summary>How many processors a list such as <c>0-3,8</c> names (the kernel's admin-guide/cputopology).</summary>
    public static int Processors(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(range => range.Split('-'))
        .Sum(range => (int)(SectionedOutput.Number(range[^1]) - SectionedOutput.Number(range[0])) + 1);

    /// <summary>The first line of <c>/proc/stat</c>.</summary>
    public static CpuTimes CpuTimes(string line)
    {
        // cpu user nice system idle iowait irq softirq steal guest guest_nice: guests' time is contained in user and nice.
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var times = fields.Take(FirstGuestField).Select(SectionedOutput.Number).ToArray();
        var total = times.Sum();
        return times.Length > WaitField ? new CpuTimes(total - times[IdleField] - times[WaitField], total) : default;
    }

    /// <summary>The load of the last minute, from <c>/proc/loadavg</c>.</summary>
    public static double LoadAverage(string line) => Decimal(line.Split(' ')[0]);

    /// <summary>The first lines of the files in <c>/proc/pressure</c>; null where the kernel does not measure it.</summary>
    public static Pressure? Pressure(string cpu, string memory, string inputOutput) =>
        SomeAverage(cpu) is { } ofCpu && SomeAverage(memory) is { } ofMemory && SomeAverage(inputOutput) is { } ofInputOutput ? new Pressure(ofCpu, ofMemory, ofInputOutput) : null;

    private static double? SomeAverage(string line)
    {
        var field = line.StartsWith("some ", StringComparison.Ordinal) ? line.Split(' ').ElementAtOrDefault(1) : null;
        return field?.StartsWith("avg10=", StringComparison.Ordinal) == true ? Decimal(field["avg10=".Length..]) : null;
    }

    private static double Decimal(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
