namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>A call that waits for an answer of one type.</summary>
internal sealed class PendingAnswer<T>(Procedure procedure, TimeSpan deadline, Func<XdrReader, T> read) : PendingCall(procedure, deadline)
{
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => completion.Task;

    public override void Complete(XdrReader reader)
    {
        var answer = read(reader);
        reader.End();
        completion.TrySetResult(answer);
    }

    public override void Fail(Exception exception)
    {
        completion.TrySetException(exception);
        // Who gave up waiting does not look any more.
        _ = completion.Task.Exception;
    }
}
