using System.Net;
using System.Net.Sockets;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>Machines that accept a connection and say nothing.</summary>
public sealed class FrozenPeersTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<HostUnreachableException> UnreachableAsync(int port)
    {
        await using var shells = new HostShells(TimeProvider.System, NullLogger<HostShells>.Instance);
        var settings = new HostConnectionSettings("frozen", "127.0.0.1", new HostCredentials { Password = "secret" }) { Port = port, ConnectTimeout = TimeSpan.FromSeconds(1) };
        return await Assert.ThrowsAsync<HostUnreachableException>(() => shells.Get(settings).RunAsync(RemoteCommand.Of("true"), Cancelled));
    }

    [Fact]
    public async Task Nobody_is_connected_to_before_the_first_command_and_nobody_after_all_were_closed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var shells = new HostShells(TimeProvider.System, NullLogger<HostShells>.Instance);
        var settings = new HostConnectionSettings("frozen", "127.0.0.1", new HostCredentials { Password = "secret" }) { Port = ((IPEndPoint)listener.LocalEndpoint).Port };

        var shell = shells.Get(settings);
        Assert.Null(shell.Silence);
        await shells.CloseAllAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => shell.RunAsync(RemoteCommand.Of("true"), Cancelled));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => shell.OpenAsync(RemoteCommand.Of("true"), Cancelled));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task One_that_takes_a_connection_or_names_itself_is_on_and_one_that_refuses_it_may_be_off()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.True((await UnreachableAsync(port)).IsAlive, "it takes connections and says nothing");

        // What the first ones left in the queue is taken first.
        var greeting = Task.Run(
            async () =>
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync(Cancelled);
                    try
                    {
                        await client.GetStream().WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray(), Cancelled);
                    }
                    catch (IOException)
                    {
                        // Nobody waits for this one any more.
                    }
                }
            },
            Cancelled);
        Assert.True((await UnreachableAsync(port)).IsAlive, "it names itself and goes");

        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => greeting);
        Assert.False((await UnreachableAsync(port)).IsAlive, "nothing listens");
    }

    [Fact]
    public async Task A_hundred_of_them_hold_no_thread_of_the_pool()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 200);
        await using var shells = new HostShells(TimeProvider.System, NullLogger<HostShells>.Instance);
        var settings = new HostConnectionSettings("frozen", "127.0.0.1", new HostCredentials { Password = "secret" })
        {
            Port = ((IPEndPoint)listener.LocalEndpoint).Port, ConnectTimeout = TimeSpan.FromMinutes(1),
        };
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var threads = ThreadPool.ThreadCount;
        var commands = Enumerable.Range(0, 100).Select(number => shells.Get(settings with { Name = $"node{number}" }).RunAsync(RemoteCommand.Of("true"), giveUp.Token)).ToList();
        var accepted = new List<TcpClient>();
        while (accepted.Count < commands.Count)
        {
            accepted.Add(await listener.AcceptTcpClientAsync(Cancelled));
        }

        for (var tick = 0; tick < 50; tick++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancelled);
            await Task.Run(() => { }, Cancelled);
        }

        Assert.All(commands, command => Assert.False(command.IsCompleted));
        Assert.InRange(ThreadPool.ThreadCount, 0, threads + 20);
        await giveUp.CancelAsync();
        accepted.ForEach(client => client.Dispose());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(commands));
    }
}
