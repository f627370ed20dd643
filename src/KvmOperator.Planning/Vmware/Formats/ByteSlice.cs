namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>A part of other bytes, as a member is of its archive.</summary>
/// <param name="whole">The other bytes.</param>
/// <param name="start">Where the part begins.</param>
/// <param name="length">How long it is; it lies within the other bytes.</param>
public sealed class ByteSlice(IByteSource whole, long start, long length) : IByteSource
{
    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken) =>
        offset >= length
            ? ValueTask.FromResult(ReadOnlyMemory<byte>.Empty)
            : whole.ReadAsync(start + offset, (int)Math.Min(count, length - offset), cancellationToken);
}
