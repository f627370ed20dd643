namespace KvmOperator.Hosts.Vmware;

/// <summary>A source that is open on a host. For one caller at a time.</summary>
public interface IOpenedSource : IAsyncDisposable
{
    /// <summary>All that lies in it. Of an archive only itself.</summary>
    IReadOnlyList<SourceEntry> Entries { get; }

    /// <summary>The file that the scope names, below the folder; null when it names the folder.</summary>
    ReadOnlyMemory<byte>? File { get; }

    /// <summary>When it was listed, by the host's clock.</summary>
    DateTimeOffset ListedAt { get; }

    /// <summary>Reads a piece of a file; fewer bytes than asked only at its end.</summary>
    /// <exception cref="IOException">It cannot be read, or is another one than was listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="TimeoutException">The host did not answer in time.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceEntry entry, long offset, int count, CancellationToken cancellationToken);
}
