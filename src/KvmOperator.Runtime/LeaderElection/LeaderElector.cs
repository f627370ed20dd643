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
    /// <summary>Timers count in milliseconds and may be early by a part of one.</summary>
    private static readonly TimeSpan ClockGrain = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource acquired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource lost = new();

    // One write at a time: the renewal and the raising of the epoch are the same write.
    private readonly SemaphoreSlim writing = new(1);

    // What a standby has seen in the lease, or a leader wrote there, outlives a lease that is deleted or restored from a backup.
    private long highestSeen;
    private string? installationSeen;

    // What stands in the lease by our last write; null when that is not known.
    private LeaseRecord? held;
    private Reign? reign;
    private long wantedEpoch;

    // The moment before the last successful write was sent: the lease is good from then, however long the answer took.
    private long renewedAt;
    private volatile bool leads;
    private volatile bool heldByOther;
    private bool released;

    public bool IsLeader => leads && clock.GetElapsedTime(Interlocked.Read(ref renewedAt)) < timings.RenewDeadline;

    public CancellationToken Lost => lost.Token;

    public long Epoch => Volatile.Read(ref reign)?.Epoch ?? 0;

    public string InstallationId => Volatile.Read(ref reign)?.InstallationId ?? string.Empty;

    public Task WaitAsync(CancellationToken cancellationToken) => acquired.Task.WaitAsync(cancellationToken);

    /// <summary>How long others wait at least before they take over, counted from the last renewal; zero when somebody has.</summary>
    public TimeSpan UntilOthersMayLead => heldByOther ? TimeSpan.Zero : timings.LeaseDuration - clock.GetElapsedTime(Interlocked.Read(ref renewedAt));

    /// <summary>Runs until leadership was had and lost, or until cancelled. Answers without waiting for those who listen to <see cref="Lost"/>.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await TryAsync(timings.RenewDeadline, cancellationToken) != LeaseTry.Taken)
        {
            await Task.Delay(BeforeNextTry(), clock, cancellationToken);
        }

        leads = true;
        acquired.TrySetResult();
        logger.LogInformation("This process leads: epoch {Epoch} of installation {Installation}", Epoch, InstallationId);
        await KeepAsync(cancellationToken);
        leads = false;

        // Not awaited: a callback that blocks must not keep the process from its end.
        _ = lost.CancelAsync();
    }

    /// <summary>Gives leadership up after all work has ended, so that another replica need not wait for the lease to run out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (!IsLeader)
        {
            return;
        }

        leads = false;
        await writing.WaitAsync(cancellationToken);
        released = true;
        try
        {
            if (await lease.ReadAsync(timings.RetryPeriod, cancellationToken) is { } record && observer.IsOurs(record)
                && await lease.ReleaseAsync(record, timings.RetryPeriod, cancellationToken) is not null)
            {
                logger.LogInformation("Leadership is released");
            }
        }
        catch (Exception error) when (IsOfTheOutsideWorld(error))
        {
            logger.LogWarning("Leadership could not be released, others wait for the lease to run out: {Error}", error.Message);
        }
        finally
        {
            writing.Release();
        }
    }

    public async Task<long> RaiseEpochAboveAsync(long seen, CancellationToken cancellationToken)
    {
        Reign.Check(seen);
        while (IsLeader)
        {
            if (Epoch > seen)
            {
                return Epoch;
            }

            for (var before = Interlocked.Read(ref wantedEpoch); before <= seen; before = Interlocked.Read(ref wantedEpoch))
            {
                Interlocked.CompareExchange(ref wantedEpoch, seen + 1, before);
            }

            switch (await TryAsync(timings.RetryPeriod, cancellationToken))
            {
                case LeaseTry.Taken:
                    logger.LogInformation("The epoch is {Epoch}: a machine has seen {Seen}", Epoch, seen);
                    break;
                case LeaseTry.Failed:
                    await Task.Delay(timings.RetryPeriod, clock, cancellationToken);
                    break;
                default:
                    throw NotLeading();
            }
        }

        throw NotLeading();

        static InvalidOperationException NotLeading() => new("Only the leader raises the epoch, and this process does not lead");
    }

    public void Dispose()
    {
        lost.Dispose();
        writing.Dispose();
    }

    private static bool IsOfTheOutsideWorld(Exception error) =>
        error is HttpRequestException or ApiException or IOException or TimeoutException or JsonException;

    /// <summary>Renews until the deadline has passed without a renewal, or somebody else leads.</summary>
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = renewedAt;
            var rest = timings.RenewDeadline - clock.GetElapsedTime(before);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest < timings.RetryPeriod ? rest : timings.RetryPeriod, clock, cancellationToken);
                rest = timings.RenewDeadline - clock.GetElapsedTime(before);
            }

            var answer = rest > TimeSpan.Zero ? await TryAsync(rest, cancellationToken) : LeaseTry.Failed;
            if (answer == LeaseTry.HeldByOther)
            {
                heldByOther = true;
                logger.LogCritical("Leadership is lost: somebody else holds the lease");
                return;
            }

            // Also after a renewal that came too late: for a moment this process did not lead, and whoever asked then has stopped.
            if (clock.GetElapsedTime(before) >= timings.RenewDeadline)
            {
                logger.LogCritical("Leadership is lost: no renewal for {Deadline}", timings.RenewDeadline);
                return;
            }

            if (answer == LeaseTry.Failed)
            {
                logger.LogWarning("Leadership could not be renewed, {Rest} are left", timings.RenewDeadline - clock.GetElapsedTime(before));
            }
        }
    }

    private TimeSpan BeforeNextTry()
    {
        // Replicas that started together should not ask together; a lease that runs out sooner is asked for when it does.
        var usual = timings.RetryPeriod * (1 + (0.2 * Random.Shared.NextDouble()));
        var free = observer.UntilFree;
        return free > TimeSpan.Zero && free < usual ? free + ClockGrain : usual;
    }

    /// <summary>One try to take or to keep the lease, all requests together within a time.</summary>
    private async Task<LeaseTry> TryAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        await writing.WaitAsync(cancellationToken);
        try
        {
            if (released)
            {
                return LeaseTry.HeldByOther;
            }

            // Whoever holds it writes on it as it is; only if somebody else wrote, or nothing is held, has it to be read.
            if (leads && held is { } ours)
            {
                held = null;
                if (await WriteAsync(ours) is { } renewed)
                {
                    return renewed;
                }
            }

            var record = await lease.ReadAsync(Each(Rest()), cancellationToken);
            Remember(record);
            if (record is not null && !observer.MayTake(record))
            {
                return LeaseTry.HeldByOther;
            }

            if (record is not null && leads && !observer.IsOurs(record) && (record.Holder.Length > 0 || record.Epoch > Epoch))
            {
                // Its time may have run out: taking it back would be a second beginning, which only a new process makes.
                return LeaseTry.HeldByOther;
            }

            return await WriteAsync(record) ?? LeaseTry.Failed;
        }
        catch (Exception error) when (IsOfTheOutsideWorld(error))
        {
            logger.LogWarning("The lease could not be read or written: {Error}", error.Message);
            return LeaseTry.Failed;
        }
        finally
        {
            writing.Release();
        }

        TimeSpan Rest() => within - clock.GetElapsedTime(started);

        async Task<LeaseTry?> WriteAsync(LeaseRecord? record)
        {
            var sent = clock.GetTimestamp();
            var rest = Rest();
            if (rest <= TimeSpan.Zero)
            {
                return LeaseTry.Failed;
            }

            var next = ReignOn(record);
            if (await lease.TakeAsync(record, next, Each(rest), cancellationToken) is not { } written)
            {
                return null;
            }

            held = written;
            Remember(written);
            Volatile.Write(ref reign, next);
            Interlocked.Exchange(ref renewedAt, sent);
            return LeaseTry.Taken;
        }
    }

    private void Remember(LeaseRecord? record)
    {
        if (record is not null)
        {
            highestSeen = Math.Max(highestSeen, record.Epoch);
            installationSeen = record.InstallationId ?? installationSeen;
        }
    }

    /// <summary>Who takes over counts on; who leads keeps its number, or the one that it was asked to raise it to.</summary>
    private Reign ReignOn(LeaseRecord? record)
    {
        var installation = record?.InstallationId ?? installationSeen ?? Guid.NewGuid().ToString("N");
        var epoch = leads ? Math.Max(highestSeen, Interlocked.Read(ref wantedEpoch)) : highestSeen + 1;
        return new Reign(epoch, leads ? InstallationId : installation);
    }

    /// <summary>One lost answer must not use up the whole deadline.</summary>
    private TimeSpan Each(TimeSpan within) => within < timings.RetryPeriod ? within : timings.RetryPeriod;
}
