namespace KvmOperator.Hosts.Ssh;

/// <summary>Short forms of what is done with a shell again and again.</summary>
public static class HostShellExtensions
{
    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>The result, always with exit status 0.</returns>
    /// <exception cref="CommandFailedException">The exit status is not 0. All exceptions of <see cref="IHostShell.RunAsync"/> apply too.</exception>
    public static async Task<CommandResult> RequireAsync(this IHostShell host, RemoteCommand command, CancellationToken cancellationToken) =>
        (await host.RunAsync(command, cancellationToken)).EnsureSuccess(host, command);

    /// <summary>Runs a command that must succeed and returns its output without the line end.</summary>
    /// <exception cref="CommandFailedException">The exit status is not 0. All exceptions of <see cref="IHostShell.RunAsync"/> apply too.</exception>
    public static async Task<string> ReadAsync(this IHostShell host, RemoteCommand command, CancellationToken cancellationToken) =>
        (await host.RequireAsync(command, cancellationToken)).OutputText.TrimEnd('\n');
}
