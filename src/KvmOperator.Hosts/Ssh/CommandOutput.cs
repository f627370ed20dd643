using System.Buffers;

namespace KvmOperator.Hosts.Ssh;

/// <summary>Keeps what a command writes, up to a limit. Written to by the connection's thread, read after the command's end.</summary>
/// <param name="limitBytes">How much is kept of both streams together.</param>
/// <param name="began">Called once, with the first bytes.</param>
internal sealed class CommandOutput(int limitBytes, Action began)
{
    private readonly Lock gate = new();
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly ArrayBufferWriter<byte> error = new();
    private readonly TaskCompletionSource tooMuch = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool hasBegun;

    /// <summary>Whether anything came yet.</summary>
    public bool HasBegun
    {
        get
        {
            lock (gate)
            {
                return hasBegun;
            }
        }
    }

    /// <summary>Completes when the command wrote more than is kept.</summary>
    public Task TooMuch => tooMuch.Task;

    /// <summary>Standard output so far.</summary>
    public ReadOnlyMemory<byte> Output => Copy(output);

    /// <summary>Standard error so far.</summary>
    public ReadOnlyMemory<byte> Error => Copy(error);

    /// <summary>Where standard output goes.</summary>
    public Stream CreateOutputStream() => new ReceivingStream(bytes => Keep(output, bytes));

    /// <summary>Where standard error goes.</summary>
    public Stream CreateErrorStream() => new ReceivingStream(bytes => Keep(error, bytes));

    private void Keep(ArrayBufferWriter<byte> stream, ReadOnlySpan<byte> bytes)
    {
        var isFirst = false;
        lock (gate)
        {
            isFirst = !hasBegun;
            hasBegun = true;
            if (output.WrittenCount + error.WrittenCount + bytes.Length <= limitBytes)
            {
                stream.Write(bytes);
            }
            else
            {
                tooMuch.TrySetResult();
            }
        }

        if (isFirst)
        {
            began();
        }
    }

    private ReadOnlyMemory<byte> Copy(ArrayBufferWriter<byte> stream)
    {
        lock (gate)
        {
            return stream.WrittenMemory;
        }
    }
}
