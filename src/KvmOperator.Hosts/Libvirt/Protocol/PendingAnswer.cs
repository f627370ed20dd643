namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A call that waits for an answer of one type.</summary>
internal sealed class PendingAnswer<T>(Procedure procedure, TimeSpan deadline, Func<XdrReader, T> read) : PendingCall(procedure, deadline)
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => completion.Task;

    public override void Complete(XdrReader reader)
    {
        completion.TrySetResult(Read(reader));
    }

    /// <summary>Whatever a reader stumbles over is an answer that is none: another exception would leave the caller without an end.</summary>
    private T Read(XdrReader reader)
    {
        try
        {
            var answer = read(reader);
            reader.End();
            return answer;
        }
        catch (Exception exception) when (exception is not LibvirtProtocolException)
        {
            throw new LibvirtProtocolException($"The answer to {Procedure} makes no sense: {exception.Message}");
        }
    }

    public override void Fail(Exception exception)
    {
        completion.TrySetException(exception);
        // Who gave up waiting does not look any more.
        _ = completion.Task.Exception;
    }
}
