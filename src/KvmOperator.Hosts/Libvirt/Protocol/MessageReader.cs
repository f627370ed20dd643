namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>
/// Cuts a stream into messages. The buffer grows with what has arrived, never with what a length announces, and shrinks again after a long message. For one reader.
/// </summary>
internal sealed class MessageReader(Stream stream)
{
    /// <summary>An ordinary message fits: every host has such a buffer for good.</summary>
    private const int KeptBytes = 4096;

    private byte[] buffer = new byte[KeptBytes];
    private int start;
    private int end;
    private long received;

    /// <summary>All bytes that arrived so far; may be asked from anywhere.</summary>
    public long Received => Interlocked.Read(ref received);

    /// <summary>The next message without its length, good until the next call; null when the stream ended between two messages.</summary>
    /// <exception cref="LibvirtProtocolException">The length cannot be.</exception>
    /// <exception cref="EndOfStreamException">The stream ended within a message.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await HaveAsync(ProtocolLimits.LengthBytes, cancellationToken))
        {
            return end == start ? null : throw new EndOfStreamException("The stream ended within a length.");
        }

        var length = MessageHeader.ReadLength(buffer.AsSpan(start));
        start += ProtocolLimits.LengthBytes;
        if (!await HaveAsync(length, cancellationToken))
        {
            throw new EndOfStreamException($"The stream ended after {end - start} of a message's {length} bytes.");
        }

        start += length;
        return buffer.AsMemory(start - length, length);
    }

    private async ValueTask<bool> HaveAsync(int bytes, CancellationToken cancellationToken)
    {
        while (end - start < bytes)
        {
            MakeRoom();
            var count = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
            if (count == 0)
            {
                return false;
            }

            end += count;
            Interlocked.Add(ref received, count);
        }

        return true;
    }

    /// <summary>Room for one more byte at least.</summary>
    private void MakeRoom()
    {
        var held = end - start;
        if (held == 0)
        {
            (start, end) = (0, 0);
            buffer = buffer.Length == KeptBytes ? buffer : new byte[KeptBytes];
        }

        if (end < buffer.Length)
        {
            return;
        }

        // At most twice what has arrived.
        var size = Math.Max(KeptBytes, 2 * held);
        var next = size == buffer.Length ? buffer : new byte[size];
        buffer.AsSpan(start, held).CopyTo(next);
        (buffer, start, end) = (next, 0, held);
    }
}
