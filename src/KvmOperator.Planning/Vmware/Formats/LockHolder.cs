using System.Text;

namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Who holds a lock of VMware's hosted products, as a file in a .lck folder says: <c>uuid=… PID-TIME(vmware-vmx.exe) 1 X TIME lc=…</c> in 512 bytes.</summary>
/// <param name="Process">The program: <c>vmware-vmx</c> runs a machine, <c>vmware</c> is only its window. Without <c>.exe</c>; empty when it is not said.</param>
public sealed record LockHolder(string Process)
{
    /// <summary>Whether a running machine holds the lock, or held it when the folder was copied.</summary>
    public bool IsMachine => Process.StartsWith("vmware-vmx", StringComparison.OrdinalIgnoreCase) || Process.Length == 0;

    /// <summary>Reads a lock. Any bytes are some lock: what cannot be read is taken for one that a machine holds.</summary>
    public static LockHolder Read(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes.Length > 512 ? bytes[..512] : bytes);
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var close = open < 0 ? -1 : text.IndexOf(')', open);
        if (close < 0)
        {
            return new LockHolder(string.Empty);
        }

        var name = text[(open + 1)..close].Trim();
        return new LockHolder(name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name);
    }
}
