namespace KvmOperator.Hosts.Ssh;

/// <summary>Hands on what the SSH library writes into it, on the connection's own thread: whoever receives must not wait.</summary>
internal sealed class ReceivingStream(ReceivingStream.Receive received) : WriteOnlyStream
{
    /// <summary>Takes bytes that came.</summary>
    public delegate void Receive(ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => received(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => received(buffer);
}
