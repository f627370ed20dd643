namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Bytes that are in memory already.</summary>
/// <param name="bytes">The bytes.</param>
public sealed class MemoryBytes(ReadOnlyMemory<byte> bytes) : IByteSource
{
    /// <inheritdoc/>
    public long Length => bytes.Length;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset >= bytes.Length)
        {
            return ValueTask.FromResult(ReadOnlyMemory<byte>.Empty);
        }

        var start = (int)offset;
        return ValueTask.FromResult(bytes.Slice(start, Math.Min(count, bytes.Length - start)));
    }
}
