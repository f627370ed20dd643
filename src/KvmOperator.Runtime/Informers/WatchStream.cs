using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace KvmOperator.Runtime.Informers;

/// <summary>Reads the lines of one watch, whatever they hold: decoding is the caller's, so that one bad object cannot end the stream.</summary>
internal sealed class WatchStream(Stream body, TimeSpan longestSilence, TimeProvider clock)
{
    /// <summary>Yields lines until the server ends the watch.</summary>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    public async IAsyncEnumerable<WatchLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            var read = await ReadWithinAsync(reader, cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (line.IsEmpty)
                {
                    continue;
                }

                using var document = JsonDocument.Parse(line);
                yield return new WatchLine(document.RootElement.GetProperty("type").GetString()!, document.RootElement.GetProperty("object"));
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                yield break;
            }
        }
    }

    private async Task<ReadResult> ReadWithinAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(longestSilence, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The watch said nothing for {longestSilence.TotalSeconds} s", late);
        }
    }
}
