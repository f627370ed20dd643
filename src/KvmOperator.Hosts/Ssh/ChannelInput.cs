namespace KvmOperator.Hosts.Ssh;

/// <summary>A held process's standard input. Writing waits for the peer's window on a thread of its own.</summary>
internal sealed class ChannelInput(Func<ReadOnlyMemory<byte>, Task> write, Func<Task> end) : Stream
{
    private readonly SemaphoreSlim turn = new(1);
    private bool isEnded;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes; cancelling gives up waiting, and whether the bytes arrive is not known then.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await turn.WaitAsync(cancellationToken);
        Task writing;
        try
        {
            // The caller may use its memory again when it gave up, and the thread still reads it then.
            writing = write(buffer.ToArray());
        }
        catch
        {
            turn.Release();
            throw;
        }

        _ = writing.ContinueWith(_ => turn.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await writing.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Every write is sent at once.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous writes: a write may wait for the host.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !isEnded)
        {
            isEnded = true;
            _ = EndAsync();
        }

        base.Dispose(disposing);
    }

    private async Task EndAsync()
    {
        await turn.WaitAsync();
        try
        {
            await end();
        }
        finally
        {
            turn.Release();
        }
    }
}
