namespace KvmOperator.Hosts.Ssh;

/// <summary>The shells of all hosts, one a host. May be used from any number of tasks at once.</summary>
public interface IHostShells
{
    /// <summary>
    /// The shell of a host. Nothing is connected before the first command. When the settings differ from those of the last call for the same name
    /// (another key, address or password), the old connection is retired after its running commands, and a new one begins without a history of failures.
    /// </summary>
    IHostShell Get(HostConnectionSettings settings);

    /// <summary>Closes the connection to a host that is managed no longer. Unknown names are ignored.</summary>
    ValueTask ForgetAsync(string name);

    /// <summary>Closes the connections to all hosts after their running commands, and ends the held channels: for whoever leads no longer. A later command connects anew.</summary>
    ValueTask CloseAllAsync();
}
