namespace KvmOperator.Hosts.Ssh;

/// <summary>The threads on which the SSH library's blocking calls for one host run. What is urgent does not stand behind what may take long.</summary>
internal sealed class HostThreads(string host, ThreadBudget budget)
{
    /// <summary>Opens connections.</summary>
    public BlockingCalls Connecting { get; } = new($"ssh {host} connecting", mostThreads: 2, budget);

    /// <summary>For held channels, and for asking the peer for a sign of life.</summary>
    public BlockingCalls Prompt { get; } = new($"ssh {host} held", mostThreads: 4, budget);

    /// <summary>For commands.</summary>
    public BlockingCalls Bulk { get; } = new($"ssh {host} commands", mostThreads: 4, budget);

    /// <summary>Closes a connection. This is what sets blocked calls free, so it waits for none of them.</summary>
    public void Close(IDisposable connection) => new Thread(() => Dispose(connection)) { IsBackground = true, Name = $"ssh {host} closing" }.Start();

    private static void Dispose(IDisposable connection)
    {
        try
        {
            connection.Dispose();
        }
        catch (Exception exception) when (exception is Renci.SshNet.Common.SshException or InvalidOperationException or IOException or System.Net.Sockets.SocketException or NullReferenceException)
        {
            // It is given up in any case.
        }
    }
}
