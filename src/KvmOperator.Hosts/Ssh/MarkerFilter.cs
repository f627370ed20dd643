using System.Text;

namespace KvmOperator.Hosts.Ssh;

/// <summary>Holds a stream back up to the last of a command's marker lines, and hands on all that follows. Not safe for concurrent use.</summary>
internal sealed class MarkerFilter(IReadOnlyList<string> markers, ReceivingStream.Receive content)
{
    /// <summary>Whatever is printed before a command is a greeting, not a book.</summary>
    private const int NoiseLimitBytes = 64 * 1024;

    private readonly byte[][] lines = [.. markers.Select(marker => Encoding.ASCII.GetBytes(marker + "\n"))];
    private readonly List<byte> held = [];
    private int passed;

    /// <summary>Whether the command itself is heard.</summary>
    public bool IsOpen => passed == lines.Length;

    /// <summary>What was held back: all that came while there is no command to hear, markers included.</summary>
    public byte[] Held => [.. heldBefore, .. held];

    private readonly List<byte> heldBefore = [];

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (IsOpen)
        {
            content(bytes);
            return;
        }

        held.AddRange(bytes);
        while (!IsOpen)
        {
            var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(held);
            var position = span.IndexOf(lines[passed]);
            if (position < 0)
            {
                break;
            }

            var end = position + lines[passed].Length;
            heldBefore.AddRange(held[..end]);
            held.RemoveRange(0, end);
            passed++;
        }

        if (IsOpen && held.Count > 0)
        {
            var rest = held.ToArray();
            held.Clear();
            content(rest);
        }
        else if (!IsOpen && held.Count > NoiseLimitBytes)
        {
            held.RemoveRange(0, held.Count - (NoiseLimitBytes / 2));
        }
    }
}
