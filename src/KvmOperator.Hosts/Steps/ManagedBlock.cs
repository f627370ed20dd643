namespace KvmOperator.Hosts.Steps;

/// <summary>
/// A part of a file that belongs to the operator, between two lines that say so. Everything else in the file stays, byte by byte. For use in scripts.
/// </summary>
internal static class ManagedBlock
{
    /// <summary><c>block_text FILE</c> and <c>block_put FILE MODE</c>: see the head of the file.</summary>
    public static string Functions { get; } = HostScripts.Read("Steps/managed-block.sh");

    /// <summary>Says <c>drift</c> with the sentence <c>$2</c> unless file <c>$1</c>'s block is what standard input says.</summary>
    public static string CheckScript { get; } = Functions + "\n" + "[ \"$(block_text \"$1\")\" = \"$(cat)\" ] || echo \"drift $2\"";

    /// <summary>Writes standard input into the block of file <c>$1</c> with mode <c>$2</c> for a new file.</summary>
    public static string PutScript { get; } = Functions + "\n" + "block_put \"$1\" \"$2\"";
}
