using System.Text;

namespace KvmOperator.Hosts.Beat;

/// <summary>
/// The two ends of a script that is held on a host: its lines, of which none may be too long, and the words to it. While it is listened to it hears something every now and then:
/// it ends by itself when it hears nothing for <see cref="Patience"/>, as behind a connection of which the host has not noticed that it broke. What it hears is what was said last.
/// </summary>
internal sealed class HeldScript(Stream input, Stream output, TimeProvider clock) : IDisposable
{
    /// <summary>How long a script waits for a word.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>What is longer is no line of ours.</summary>
    public const int LongestLine = 16384;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim writing = new(1);
    private volatile string word = "here";
    private long skipped;

    /// <summary>How many lines said nothing, or were too long.</summary>
    public long Skipped => Volatile.Read(ref skipped);

    /// <summary>Listens until the script ends or is given up. A last line without an end is none.</summary>
    /// <exception cref="IOException">The stream broke.</exception>
    public async Task ListenAsync(LineTaken take, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var speaking = SpeakAsync(ended.Token);
        try
        {
            var buffer = new byte[4096];
            var line = new LineBuffer(take);
            while (await output.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                Interlocked.Add(ref skipped, line.Add(buffer.AsSpan(0, count)));
            }
        }
        finally
        {
            await ended.CancelAsync();
            await speaking;
        }
    }

    /// <summary>Says a line, now and again every now and then.</summary>
    /// <exception cref="IOException">The script has ended.</exception>
    public async Task SayAsync(string line, CancellationToken cancellationToken)
    {
        word = line;
        await writing.WaitAsync(cancellationToken);
        try
        {
            // Not every stream can be given up in the middle of a write, and a frozen host takes nothing.
            await WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken).WaitAsync(cancellationToken);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => writing.Dispose();

    private async Task SpeakAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await SayAsync(word, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Its end, or that of the connection: who listens is told by the output.
        }
    }

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await input.WriteAsync(bytes, cancellationToken);
        await input.FlushAsync(cancellationToken);
    }

    /// <summary>Cuts bytes into lines.</summary>
    private sealed class LineBuffer(LineTaken take)
    {
        private readonly byte[] line = new byte[LongestLine];
        private readonly char[] characters = new char[LongestLine];
        private int length;
        private bool isTooLong;

        /// <summary>Takes the lines that end in these bytes.</summary>
        /// <returns>How many of them said nothing.</returns>
        public int Add(ReadOnlySpan<byte> bytes)
        {
            var nothing = 0;
            while (bytes.IndexOf((byte)'\n') is var end and >= 0)
            {
                Keep(bytes[..end]);
                nothing += !isTooLong && take(characters.AsSpan(0, Encoding.UTF8.GetChars(line.AsSpan(0, length), characters))) ? 0 : 1;
                (length, isTooLong) = (0, false);
                bytes = bytes[(end + 1)..];
            }

            Keep(bytes);
            return nothing;
        }

        private void Keep(ReadOnlySpan<byte> bytes)
        {
            isTooLong |= length + bytes.Length > LongestLine;
            if (!isTooLong)
            {
                bytes.CopyTo(line.AsSpan(length));
                length += bytes.Length;
            }
        }
    }
}
