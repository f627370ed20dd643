using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Fencing;

/// <summary>Looks by TCP from here, and by a script from elsewhere.</summary>
internal sealed class HostProbes(TimeProvider clock) : IHostProbes
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);
    private static readonly string Script = HostScripts.Read("Fencing/probe-host.sh");

    /// <inheritdoc/>
    public async Task<bool> AnswersAsync(string address, int port, bool isItself, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, either.Token);
            return await socket.ReceiveAsync(new byte[1], SocketFlags.None, either.Token) > 0;
        }
        catch (SocketException refused)
        {
            return isItself && refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<HostProbe> LookAsync(IHostShell vantage, IReadOnlyList<string> addresses, int tries, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0 || addresses.FirstOrDefault(address => !IPAddress.TryParse(address, out _)) is not null)
        {
            throw new ArgumentException("Only addresses can be looked at.", nameof(addresses));
        }

        var command = RemoteCommand.Script(Script, [tries.ToString(CultureInfo.InvariantCulture), .. addresses]) with { Deadline = TimeSpan.FromSeconds(tries) + Rest, Label = "probe-host" };
        var result = await vantage.RequireAsync(command, cancellationToken);
        return HostProbe.Parse(result.OutputText) ?? throw new CommandFailedException(vantage.Name, command, result);
    }
}
