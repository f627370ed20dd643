namespace KvmOperator.VirtualMachines;

/// <summary>Lets one guest at a time choose its host and write that down, so that two do not take the same memory.</summary>
internal sealed class PlacementGate : IDisposable
{
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Waits for the turn.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> choose, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await choose();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => gate.Dispose();
}
