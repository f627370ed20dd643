using System.Net;
using System.Net.Sockets;
using System.Text;
using KvmOperator.Hosts.Fencing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Fencing;

/// <summary>What counts as a sign of life, from here and from elsewhere.</summary>
public sealed class HostProbesTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly StubbedMachine machine = new();
    private readonly HostProbes probes = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task The_first_line_of_a_server_is_one_and_a_connection_that_is_merely_taken_is_none()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        // Whoever forwards a port takes connections for a machine that is off.
        Assert.False(await probes.AnswersAsync("127.0.0.1", port, isItself: true, TimeSpan.FromMilliseconds(200), Token));

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var answering = AnswerAsync(listener, end.Token);
        Assert.True(await probes.AnswersAsync("127.0.0.1", port, isItself: false, Limit, Token));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    [Fact]
    public async Task A_refusal_is_one_only_from_the_machines_own_address()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.True(await probes.AnswersAsync("127.0.0.1", port, isItself: true, Limit, Token));
        Assert.False(await probes.AnswersAsync("127.0.0.1", port, isItself: false, Limit, Token));
    }

    [Theory]
    [InlineData("exit 0", "exit 1", true, 0, false)]
    [InlineData("exit 1", "exit 0", true, 0, false)]
    [InlineData("exit 1", "echo 'bash: connect: Connection refused' >&2; exit 1", true, 0, false)]
    [InlineData("exit 1", "echo 'bash: connect: No route to host' >&2; exit 1", false, 3, false)]
    [InlineData("exit 1", "echo 'bash: connect: Network is unreachable' >&2; exit 1", false, 0, true)]
    public async Task Another_machine_sees_an_echo_a_connection_or_a_refusal(string ping, string connect, bool answered, int failed, bool isBlind)
    {
        machine.Stub("ping", ping);
        machine.Stub("timeout", connect);

        Assert.Equal(new HostProbe(answered, failed, isBlind), await probes.LookAsync(machine, ["192.168.122.100"], 3, Token));
    }

    [Fact]
    public async Task Only_addresses_are_looked_at() => await Assert.ThrowsAsync<ArgumentException>(() => probes.LookAsync(machine, ["-c1"], 3, Token));

    /// <summary>Answers whoever connects, until it is told to end.</summary>
    private static async Task AnswerAsync(TcpListener listener, CancellationToken end)
    {
        while (true)
        {
            using var connection = await listener.AcceptTcpClientAsync(end);
            try
            {
                await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes("SSH-2.0-test\r\n"), end);
            }
            catch (IOException)
            {
                // The one that looked before has gone.
            }
        }
    }
}
