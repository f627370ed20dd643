using System.Text;
using System.Threading.Channels;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

/// <summary>The output of a script that a test plays.</summary>
internal sealed class ScriptOutput : Stream
{
    private const int MostBytes = 4096;

    private readonly Channel<byte[]> chunks = Channel.CreateUnbounded<byte[]>();
    private readonly SemaphoreSlim asked = new(0);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Adds what a read gets.</summary>
    public void Add(byte[] chunk) => Assert.True(chunks.Writer.TryWrite(chunk));

    /// <summary>Writes, and waits until the reader has taken all of it and asks for more.</summary>
    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        foreach (var chunk in Encoding.UTF8.GetBytes(text).Chunk(MostBytes))
        {
            await asked.WaitAsync(cancellationToken);
            Add(chunk);
        }

        await asked.WaitAsync(cancellationToken);
        asked.Release();
    }

    public void End() => chunks.Writer.Complete();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        asked.Release();
        if (!await chunks.Reader.WaitToReadAsync(cancellationToken) || !chunks.Reader.TryRead(out var chunk))
        {
            return 0;
        }

        chunk.CopyTo(buffer);
        return chunk.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        asked.Dispose();
        base.Dispose(disposing);
    }
}
