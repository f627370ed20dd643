namespace KvmOperator.Hosts.Ssh;

/// <summary>
/// Runs commands as root on one host, and holds channels to processes. All callers of a host share one connection and at most six commands at once in it, held channels not counted; a command waits for its turn as long as its deadline at most. A host that allows few sessions on a connection gets more connections.
/// May be used from any number of tasks at once. A dropped connection is opened again by the next call; a command that may already have run is never repeated.
/// </summary>
public interface IHostShell
{
    /// <summary>What people call the host; used in messages.</summary>
    string Name { get; }

    /// <summary>The key with which the host proved who it is; null until the first connection.</summary>
    HostKey? HostKey { get; }

    /// <summary>
    /// How many times slower than usual the host is at the moment, learned from what it took lately: a whole number from 1 to 20.
    /// Deadlines of commands are multiplied by it already; whoever waits for something on the host by other means multiplies, too.
    /// </summary>
    int Pace => 1;

    /// <summary>How long ago the host's SSH server last sent anything; null without a connection. While nothing runs and nothing is held, nobody asks it.</summary>
    TimeSpan? Silence => null;

    /// <summary>
    /// Runs a command to its end. A command that fails is a result, not an exception.
    /// Cancelling gives up waiting; the command itself goes on until its deadline, which the host enforces.
    /// </summary>
    /// <exception cref="HostUnreachableException">No connection, or it broke or froze; says whether the command may have run.</exception>
    /// <exception cref="AuthenticationRefusedException">The host refused the credentials; they are not tried again for a while.</exception>
    /// <exception cref="UnusableCredentialsException">The private key cannot be read, or its passphrase is wrong.</exception>
    /// <exception cref="HostKeyChangedException">The host showed another key than the trusted ones; nothing ran.</exception>
    /// <exception cref="PrivilegeRefusedException">The user may not become root without a password.</exception>
    /// <exception cref="DeadlineExceededException">The command did not end in time.</exception>
    /// <exception cref="CommandTooLongException">No host takes so long a command; it was not sent.</exception>
    /// <exception cref="OutputLimitExceededException">The command wrote more than can be kept.</exception>
    Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a process and holds it: its streams stay open until either side ends it. The command's deadline is the limit for getting it started, and none for its life; the bytes of its input are written first.
    /// It returns when the command itself is heard of, behind whatever a login shell prints, and does not wait for commands that run.
    /// </summary>
    /// <exception cref="HostUnreachableException">No connection, or it broke or froze; says whether the process may have run.</exception>
    /// <exception cref="AuthenticationRefusedException">The host refused the credentials; they are not tried again for a while.</exception>
    /// <exception cref="UnusableCredentialsException">The private key cannot be read, or its passphrase is wrong.</exception>
    /// <exception cref="HostKeyChangedException">The host showed another key than the trusted ones; nothing ran.</exception>
    /// <exception cref="PrivilegeRefusedException">The user may not become root without a password.</exception>
    /// <exception cref="DeadlineExceededException">The process did not begin in time.</exception>
    /// <exception cref="CommandTooLongException">No host takes so long a command; it was not sent.</exception>
    Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken);
}
