using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>
/// Holds channels to one machine for as long as there is a way to: each is opened again when it ended, after one second and ever more seldom, up to ten. A shell of other credentials or another
/// address ends the channels of the one before by itself; the next ones go over it. Disposing ends them all.
/// </summary>
/// <param name="machine">What people call the machine.</param>
/// <param name="ended">Called whenever a channel ended, or could not be opened. It must not block.</param>
/// <param name="clock">For the pauses.</param>
/// <param name="logger">Told why a channel ended.</param>
/// <param name="channels">What is held: a name for people, and a session that opens the channel and returns or throws at its end.</param>
internal sealed class ChannelKeeper(string machine, Action ended, TimeProvider clock, ILogger logger, params (string Name, Func<IHostShell, CancellationToken, Task> Session)[] channels) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stopped = new();
    private readonly Lock gate = new();
    private volatile IHostShell? shell;
    private volatile bool isAway;
    private Task? keeping;

    /// <summary>How many times slower than usual the machine is at the moment: <see cref="IHostShell.Pace"/>.</summary>
    public int Pace => shell?.Pace ?? 1;

    /// <summary>Whether the machine could not be connected to when that was last tried: then nobody has to wait for its channels.</summary>
    public bool IsAway => isAway;

    /// <summary>A session has its channel.</summary>
    public void Opened() => isAway = false;

    /// <summary>Goes over this shell from now on. The first call opens the channels.</summary>
    public void Use(IHostShell current)
    {
        lock (gate)
        {
            shell = current;
            keeping ??= Task.WhenAll(channels.Select(channel => KeepAsync(channel.Name, channel.Session)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        if (keeping is not null)
        {
            await keeping;
        }
    }

    private async Task KeepAsync(string name, Func<IHostShell, CancellationToken, Task> session)
    {
        var pause = FirstPause;
        while (!stopped.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            try
            {
                await session(shell!, stopped.Token);
            }
            catch (OperationCanceledException) when (stopped.IsCancellationRequested)
            {
                return;
            }
            catch (HostUnreachableException unreachable)
            {
                // Its next look says so at once, and holds no worker that others need.
                isAway = true;
                logger.LogDebug("The {Channel} channel of {Machine} ended: {Reason}", name, machine, unreachable.Message);
            }
            catch (Exception exception) when (exception is HostException or IOException or ObjectDisposedException or InvalidOperationException || LibvirtSilence.Of(exception) is not null)
            {
                logger.LogDebug("The {Channel} channel of {Machine} ended: {Reason}", name, machine, exception.Message);
            }

            ended();
            pause = clock.GetElapsedTime(began) > LongestPause ? FirstPause : pause;
            try
            {
                await Task.Delay(pause, clock, stopped.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
