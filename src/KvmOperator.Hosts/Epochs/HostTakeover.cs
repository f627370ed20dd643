using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Epochs;

/// <summary>
/// Whether a host knows that this leader acts. It is told before the first command, again after each loss of the connection, since it may have restarted and forgotten, and when the
/// epoch rose. May be used from any number of tasks at once.
/// </summary>
internal sealed class HostTakeover(IHostShell host, ILeaderEpoch leader, ILogger logger)
{
    /// <summary>An epoch that a host has seen is raised above; one that is refused again and again is somebody else's.</summary>
    private const int MostTries = 3;

    private readonly Lock gate = new();
    private HostEpoch? taken;
    private Task? taking;

    /// <summary>The shell of the host, without a guard.</summary>
    public IHostShell Host => host;

    /// <summary>The epoch to go there with; takes the host first when it is not taken.</summary>
    /// <exception cref="EpochRefusedException">The host has seen a newer leader.</exception>
    /// <exception cref="ManagedElsewhereException">Another installation acts there.</exception>
    /// <exception cref="OlderLeaderException">An older leader still acts there.</exception>
    /// <exception cref="InvalidOperationException">This process does not lead.</exception>
    public async Task<HostEpoch> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wanted = leader.Current;
            Task raising;
            lock (gate)
            {
                if (wanted == taken)
                {
                    return wanted;
                }

                raising = taking is { IsCompleted: false } ? taking : taking = RaiseAsync();
            }

            await raising.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The host is to be told again before the next command.</summary>
    public void Doubt() => Keep(null);

    private void Keep(HostEpoch? epoch)
    {
        lock (gate)
        {
            taken = epoch;
        }
    }

    /// <summary>One raise for all who wait, so nobody's giving up ends it; the command has its own deadline.</summary>
    private async Task RaiseAsync()
    {
        for (var attempt = 1; !await RaiseAsync(attempt); attempt++)
        {
        }
    }

    /// <returns>Whether the host is taken; else it is to be tried again with the epoch that this leader has by now.</returns>
    private async Task<bool> RaiseAsync(int attempt)
    {
        var epoch = leader.Current;
        try
        {
            var raised = await epoch.RaiseAsync(host, CancellationToken.None);
            if (!raised.IsTaken)
            {
                throw new OlderLeaderException(host.Name, raised.Left);
            }

            Keep(epoch);
            if (raised.Ended.Count > 0)
            {
                logger.LogInformation("{Host} was taken over: epoch {Epoch} after {Before}, {Ended} processes of the leader before were ended", host.Name, epoch.Epoch, raised.SeenBefore, raised.Ended.Count);
            }

            return true;
        }
        catch (EpochRefusedException refused) when (attempt < MostTries)
        {
            await leader.RaiseAboveAsync(refused.HighestSeen, CancellationToken.None);
            return false;
        }
    }
}
