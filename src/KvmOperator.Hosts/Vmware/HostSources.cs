using System.Globalization;
using System.Text;
using System.Text.Json;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Vmware;

/// <summary>Opens sources by <c>source-folder.py</c>, a process a source.</summary>
internal sealed class HostSources(TimeProvider clock) : IVmwareSources
{
    private static readonly PythonProgram Program = new("source-folder.py");

    /// <inheritdoc/>
    public async Task<IOpenedSource> OpenAsync(IHostShell host, SourceScope scope, CancellationToken cancellationToken)
    {
        var line = Program.CommandLine(JsonSerializer.Serialize(scope, ImportRecordJson.Options));
        var channel = await host.OpenAsync(RemoteCommand.Of(line[0], [.. line.Skip(1)]) with { Label = "source of an import" }, cancellationToken);
        var source = new OpenedSource(channel, host.Pace, clock);
        try
        {
            await source.ListAsync(cancellationToken);
            return source;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>Talks with the process. It is asked for one piece after the other, and each answer is one line.</summary>
    private sealed class OpenedSource(IHostChannel channel, int pace, TimeProvider clock) : IOpenedSource
    {
        /// <summary>As many bytes as the script gives in one answer.</summary>
        private const int MostBytes = 1 << 20;

        /// <summary>In base64, with what stands around it.</summary>
        private const int LongestLine = (MostBytes / 3 * 4) + 4096;

        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        private readonly List<SourceEntry> entries = [];
        private readonly byte[] buffer = new byte[64 << 10];
        private readonly MemoryStream line = new();
        private int read;
        private int end;

        public IReadOnlyList<SourceEntry> Entries => entries;

        public ReadOnlyMemory<byte>? File { get; private set; }

        public DateTimeOffset ListedAt { get; private set; }

        public async Task ListAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                using var answer = await AnswerAsync(cancellationToken);
                var what = answer.RootElement;
                if (Word(what, "refused") is { } refusal)
                {
                    throw new SourceRefusedException(refusal);
                }

                if (Word(what, "unreadable") is { } problem)
                {
                    throw new SourceRefusedException(problem);
                }

                if (what.TryGetProperty("listed", out _))
                {
                    ListedAt = DateTimeOffset.UnixEpoch.AddTicks(Number(what, "listed") / TimeSpan.NanosecondsPerTick);
                    if (Word(what, "file") is not null)
                    {
                        File = Bytes(what, "file");
                    }

                    return;
                }

                entries.Add(new SourceEntry(entries.Count, Bytes(what, "path"), Kind(Word(what, "kind")), Number(what, "size"), Number(what, "mtime"), Number(what, "inode")));
            }
        }

        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceEntry entry, long offset, int count, CancellationToken cancellationToken)
        {
            var content = new byte[count];
            var filled = 0;
            while (filled < count)
            {
                var piece = await PieceAsync(entry.Index, offset + filled, Math.Min(MostBytes, count - filled), cancellationToken);
                piece.CopyTo(content, filled);
                filled += piece.Length;
                if (piece.Length == 0)
                {
                    break;
                }
            }

            return content.AsMemory(0, filled);
        }

        public async ValueTask DisposeAsync()
        {
            await channel.DisposeAsync();
            await line.DisposeAsync();
        }

        private static string? Word(JsonElement what, string name) => what.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;

        private static long Number(JsonElement what, string name) => !what.TryGetProperty(name, out var number) ? 0 : number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) ? value : throw Other();

        private static byte[] Bytes(JsonElement what, string name) => what.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.TryGetBytesFromBase64(out var bytes) ? bytes : throw Other();

        private static IOException Other(Exception? inner = null) => new("the host answered something else than was asked", inner);

        private static SourceEntryKind Kind(string? word) => word switch
        {
            "file" => SourceEntryKind.File,
            "folder" => SourceEntryKind.Folder,
            "outside" => SourceEntryKind.Outside,
            _ => SourceEntryKind.Other,
        };

        private async Task<byte[]> PieceAsync(int index, long offset, int count, CancellationToken cancellationToken)
        {
            await channel.Input.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{index} {offset} {count}\n")), cancellationToken);
            await channel.Input.FlushAsync(cancellationToken);
            using var answer = await AnswerAsync(cancellationToken);
            var what = answer.RootElement;
            if (Word(what, "unreadable") is { } problem)
            {
                throw new UnauthorizedAccessException(problem);
            }

            if (Word(what, "changed") is { } changed)
            {
                throw new IOException(changed);
            }

            var content = Bytes(what, "bytes");
            return content.Length <= count ? content : throw Other();
        }

        private async Task<JsonDocument> AnswerAsync(CancellationToken cancellationToken)
        {
            using var late = new CancellationTokenSource(Patience * pace, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
            try
            {
                var answer = JsonDocument.Parse(await LineAsync(either.Token));
                return answer.RootElement.ValueKind == JsonValueKind.Object ? answer : throw Other();
            }
            catch (JsonException exception)
            {
                throw Other(exception);
            }
            catch (OperationCanceledException exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"the host did not read the source within {(Patience * pace).TotalSeconds} s", exception);
            }
        }

        private async Task<ReadOnlyMemory<byte>> LineAsync(CancellationToken cancellationToken)
        {
            line.SetLength(0);
            while (true)
            {
                var length = buffer.AsSpan(read, end - read).IndexOf((byte)'\n');
                line.Write(buffer, read, length < 0 ? end - read : length);
                if (line.Length > LongestLine)
                {
                    throw new IOException("the host answered more than was asked");
                }

                if (length >= 0)
                {
                    read += length + 1;
                    return line.GetBuffer().AsMemory(0, (int)line.Length);
                }

                (read, end) = (0, await channel.Output.ReadAsync(buffer, cancellationToken));
                if (end == 0)
                {
                    var ended = await channel.Ended.WaitAsync(cancellationToken);
                    throw new IOException(ended.ErrorSummary is { Length: > 0 } error ? error : "the process that reads the source ended");
                }
            }
        }
    }
}
