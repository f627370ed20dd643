using System.Text.Json;
using KvmOperator.Runtime.Api;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.LeaderElection;

/// <summary>
/// Takes the lease when it may, and keeps it. An API server that is away is no reason to give up before the renew deadline; then it is one,
/// well before others may take over.
/// </summary>
internal sealed class LeaderElector(
    LeaseLock lease, LeaseObserver observer, LeaderElectionTimings timings, TimeProvider clock, ILogger<LeaderElector> logger) : ILeadership, IDisposable
{
    private readonly TaskCompletionSource acquired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource lost = new();

    // The moment before the last successful write was sent: the lease is good from then, however long the answer took.
    private long renewedAt;
    private volatile bool leads;

    public bool IsLeader => leads && clock.GetElapsedTime(Interlocked.Read(ref renewedAt)) < timings.RenewDeadline;

    public CancellationToken Lost => lost.Token;

    public Task WaitAsync(CancellationToken cancellationToken) => acquired.Task.WaitAsync(cancellationToken);

    /// <summary>Runs until leadership was had and lost, or until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!await TryAsync(timings.RenewDeadline, cancellationToken))
        {
            // Replicas that started together should not ask together.
            await Task.Delay(timings.RetryPeriod * (1 + (0.2 * Random.Shared.NextDouble())), clock, cancellationToken);
        }

        leads = true;
        acquired.TrySetResult();
        logger.LogInformation("This process leads");
        while (clock.GetElapsedTime(renewedAt) is var since && since < timings.RenewDeadline)
        {
            var rest = timings.RenewDeadline - since;
            await Task.Delay(rest < timings.RetryPeriod ? rest : timings.RetryPeriod, clock, cancellationToken);
            rest = timings.RenewDeadline - clock.GetElapsedTime(renewedAt);
            if (rest > TimeSpan.Zero && !await TryAsync(rest, cancellationToken))
            {
                logger.LogWarning("Leadership could not be renewed, {Rest} are left", timings.RenewDeadline - clock.GetElapsedTime(renewedAt));
            }
        }

        leads = false;
        logger.LogCritical("Leadership is lost: no renewal for {Deadline}", timings.RenewDeadline);
        await lost.CancelAsync();
    }

    /// <summary>Gives leadership up after all work has ended, so that another replica need not wait for the lease to run out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (!IsLeader)
        {
            return;
        }

        leads = false;
        try
        {
            if (await lease.ReadAsync(timings.RetryPeriod, cancellationToken) is { } record && observer.IsOurs(record))
            {
                await lease.ReleaseAsync(record, timings.RetryPeriod, cancellationToken);
                logger.LogInformation("Leadership is released");
            }
        }
        catch (Exception error) when (IsOfTheOutsideWorld(error))
        {
            logger.LogWarning("Leadership could not be released, others wait for the lease to run out: {Error}", error.Message);
        }
    }

    public void Dispose() => lost.Dispose();

    private static bool IsOfTheOutsideWorld(Exception error) =>
        error is HttpRequestException or ApiException or IOException or TimeoutException or JsonException;

    private async Task<bool> TryAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        // One lost answer must not use up the whole deadline.
        var each = within < timings.RetryPeriod ? within : timings.RetryPeriod;
        try
        {
            var record = await lease.ReadAsync(each, cancellationToken);
            if (record is not null && !observer.MayTake(record))
            {
                return false;
            }

            var sent = clock.GetTimestamp();
            if (!await lease.TakeAsync(record, each, cancellationToken))
            {
                return false;
            }

            Interlocked.Exchange(ref renewedAt, sent);
            return true;
        }
        catch (Exception error) when (IsOfTheOutsideWorld(error))
        {
            logger.LogWarning("The lease could not be read or written: {Error}", error.Message);
            return false;
        }
    }
}
