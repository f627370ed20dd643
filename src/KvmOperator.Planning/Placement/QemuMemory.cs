namespace KvmOperator.Planning.Placement;

/// <summary>
/// What a guest's QEMU process takes beside the guest's own memory. An estimate on the safe side, in the parts in which KubeVirt counts it too (GetMemoryOverhead in its pkg/virt-controller/services):
/// the page tables of the guest's memory, something for each virtual CPU, and a fixed part for the program, its buffers and the emulated devices. Pure.
/// </summary>
public static class QemuMemory
{
    private const long MebiByte = 1L << 20;

    /// <summary>One entry of eight bytes for each page of 4 KiB.</summary>
    private const long BytesOfAPageTableEntry = 512;

    private const long OfEachVcpu = 8 * MebiByte;
    private const long Fixed = 128 * MebiByte;

    /// <summary>The bytes beside the guest's memory.</summary>
    /// <param name="vcpus">Its virtual CPUs.</param>
    /// <param name="memoryBytes">Its memory.</param>
    public static long OverheadBytes(int vcpus, long memoryBytes) => Fixed + (vcpus * OfEachVcpu) + (memoryBytes / BytesOfAPageTableEntry);
}
