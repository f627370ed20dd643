using System.Runtime.InteropServices;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>The processor time that a host has spent since its start, in ticks of all processors together.</summary>
/// <param name="Busy">Time spent working.</param>
/// <param name="Total">All time.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CpuTimes(long Busy, long Total)
{
    /// <summary>The use between two looks at the same boot of a host, in percent of all its processors; null when no time passed.</summary>
    public static int? PercentBetween(CpuTimes earlier, CpuTimes later)
    {
        var total = later.Total - earlier.Total;
        return total <= 0 ? null : (int)Math.Clamp(100 * (later.Busy - earlier.Busy) / total, 0, 100);
    }
}
