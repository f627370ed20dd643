namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// A process on a host that is held: its streams stay open until either side ends it. Disposing closes the channel and waits for nothing; the process then reads the end of its input,
/// and its next output ends it. The same happens when the connection breaks.
/// </summary>
public interface IHostChannel : IAsyncDisposable
{
    /// <summary>
    /// The process's standard input, for one writer at a time. Only asynchronous writes are possible. Disposing of it ends the input, provided that something was written before.
    /// Writing after the end of the process is an <see cref="IOException"/>.
    /// </summary>
    Stream Input { get; }

    /// <summary>
    /// Its standard output, for one reader at a time. Reading returns 0 at its end, also when that came because the connection broke: <see cref="Ended"/> tells which.
    /// A reader that falls behind by more than 64 MiB loses the channel.
    /// </summary>
    Stream Output { get; }

    /// <summary>
    /// Completes at the end of the process with its status, nothing for its output, and the last 16 KiB of its standard error. After the channel was disposed of there is neither status nor signal.
    /// </summary>
    /// <exception cref="HostUnreachableException">The connection broke or froze.</exception>
    Task<CommandResult> Ended { get; }
}
