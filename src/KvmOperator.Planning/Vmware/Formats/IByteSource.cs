namespace KvmOperator.Planning.Vmware.Formats;

/// <summary>Bytes that are read piece by piece: a file of the source, or a member of an archive.</summary>
public interface IByteSource
{
    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>Reads a piece. Returns fewer bytes than asked only at the end, none behind it. May be called any number of times.</summary>
    /// <param name="offset">Where the piece begins, 0 or more.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">They may not be read.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken);
}
