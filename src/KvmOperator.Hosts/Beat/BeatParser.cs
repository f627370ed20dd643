using System.Globalization;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Hosts.Beat;

/// <summary>Reads the lines of <c>beat.sh</c>. A line that is cut or that nobody expected is none, and spoils no other. Pure.</summary>
internal static class BeatParser
{
    private const string BeatWord = "beat ";
    private const string StoreWord = "store ";
    private const int BeatFields = 10;

    /// <summary>A beat; null when the line is none.</summary>
    public static HostBeat? ParseBeat(string line)
    {
        if (!line.StartsWith(BeatWord, StringComparison.Ordinal)
            || line[BeatWord.Length..].Split('|') is not { Length: BeatFields } fields
            || !long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || fields[1].Length == 0)
        {
            return null;
        }

        return new HostBeat(
            sequence,
            fields[1],
            KernelFigures.Processors(fields[2]),
            KernelFigures.CpuTimes(fields[3]),
            KernelFigures.LoadAverage(fields[4]),
            KernelFigures.Pressure(fields[7], fields[8], fields[9]),
            SectionedOutput.Number(fields[5]) * 1024,
            SectionedOutput.Number(fields[6]) * 1024);
    }

    /// <summary>What a probe of a store said, and of which path; null when the line is none. A store that hangs says nothing.</summary>
    public static StoreProbe? ParseStore(string line)
    {
        if (!line.StartsWith(StoreWord, StringComparison.Ordinal) || line[StoreWord.Length..].Split(' ') is not [var escaped, _, .. var answer])
        {
            return null;
        }

        var path = MountPathText.Decode(escaped);
        return answer switch
        {
            ["missing"] => StoreProbe.Missing(path),
            ["ok", var unit, var blocks, var available] => new StoreProbe(
                path, Answers: true, SectionedOutput.Number(unit) * SectionedOutput.Number(blocks), SectionedOutput.Number(unit) * SectionedOutput.Number(available), string.Empty),
            ["ok", ..] => new StoreProbe(path, Answers: true, 0, 0, string.Empty),
            _ => null,
        };
    }
}
