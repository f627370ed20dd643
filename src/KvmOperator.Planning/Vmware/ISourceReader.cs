using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Reads the files of a listing. It may be asked for the same piece again, and may keep what it has.</summary>
public interface ISourceReader
{
    /// <summary>Reads a piece of a file that lies in the listing as a file of its own. Returns fewer bytes than asked only at the file's end.</summary>
    /// <param name="file">The file, as the listing has it.</param>
    /// <param name="offset">Where the piece begins.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceFile file, long offset, int count, CancellationToken cancellationToken);
}
