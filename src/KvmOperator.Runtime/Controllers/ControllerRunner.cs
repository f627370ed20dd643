using System.Collections.Concurrent;
using System.Diagnostics;
using k8s;
using k8s.Models;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Hosting;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Monitoring;
using KvmOperator.Runtime.Queue;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Runtime.Controllers;

/// <summary>Feeds a controller: changes go into its queue, workers take keys out and pass the objects to it.</summary>
internal sealed class ControllerRunner<TEntity> : IControllerRunner, IDisposable
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    // client-go's numbers.
    private const double RetriesPerSecond = 10;
    private const int RetriesAtOnce = 100;

    /// <summary>A tenth more or less, so that what began together does not stay together.</summary>
    private const double RequeueJitter = 0.1;

    private static readonly TimeSpan Deafness = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseWithoutLeadership = TimeSpan.FromSeconds(1);

    private readonly ControllerOptions<TEntity> options;
    private readonly ObjectStore<TEntity> store;
    private readonly EntityPass<TEntity> pass;
    private readonly WorkQueue<EntityKey> queue;
    private readonly RetryTracker<EntityKey> retries;
    private readonly ConcurrentDictionary<EntityKey, TEntity> gone = new();
    private readonly ConcurrencyLimit<EntityKey>? limit;
    private readonly ControllerMetrics metrics;
    private readonly OperatorSettings settings;
    private readonly TimeProvider clock;
    private readonly ILogger logger;

    // A standby would collect changes for as long as the leader lives. Whoever begins to work looks at everything anyway.
    private volatile bool works;

    public ControllerRunner(
        ControllerOptions<TEntity> options,
        Informer<TEntity> informer,
        ObjectStore<TEntity> store,
        EntityPass<TEntity> pass,
        RuntimeMetrics runtimeMetrics,
        OperatorSettings settings,
        IServiceProvider services,
        TimeProvider clock,
        ILogger logger)
    {
        this.options = options;
        this.store = store;
        this.pass = pass;
        this.settings = settings;
        this.clock = clock;
        this.logger = logger;
        retries = new RetryTracker<EntityKey>(options.Backoff, new RetryBucket(RetriesPerSecond, RetriesAtOnce, options.Backoff.Cap, clock));
        metrics = runtimeMetrics.ForController(options.Name, options.Workers);
        queue = new WorkQueue<EntityKey>(clock, metrics);
        metrics.Observe(queue.RunningFor);
        limit = options.Group is null ? null : new ConcurrencyLimit<EntityKey>(options.MostOfGroup, queue.Add);
        informer.Subscribe(OnChange);
        foreach (var mapping in options.Mappings)
        {
            mapping.Connect(services, pass, (key, isLive) => Add(key, isLive ? QueuePriority.Live : QueuePriority.Background));
        }
    }

    public string Name => options.Name;

    /// <summary>A pass that goes on long after it was cancelled is deaf, and its worker lost.</summary>
    public string? Stuck
    {
        get
        {
            var longest = queue.RunningFor().DefaultIfEmpty().Max();
            return longest > (2 * options.Timeout) + Deafness ? $"a pass of {Name} goes on for {longest.TotalSeconds:0} s" : null;
        }
    }

    public void Enqueue(EntityKey key, TimeSpan? delay)
    {
        if (works)
        {
            queue.AddAfter(key, delay ?? TimeSpan.Zero);
        }
    }

    public void EnqueueInBackground(EntityKey key) => Add(key, QueuePriority.Background);

    /// <summary>Works until told to take no more; then ends what is under way, unless it is aborted.</summary>
    public Task RunAsync(Func<bool> mayWork, CancellationToken takeNoMore, CancellationToken abort)
    {
        // In this order: what changes after the list was made is heard.
        works = true;
        foreach (var entity in store.List())
        {
            queue.Add(EntityKey.Of(entity), QueuePriority.Background);
        }

        return Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkAsync(mayWork, takeNoMore, abort), CancellationToken.None)));
    }

    public void Dispose() => queue.Dispose();

    private void Add(EntityKey key, QueuePriority priority)
    {
        if (works)
        {
            queue.Add(key, priority);
        }
    }

    private void OnChange(EntityChange<TEntity> change)
    {
        if (!works || change.Writer == pass)
        {
            return;
        }

        var key = EntityKey.Of(change.Entity);
        switch (change.Kind)
        {
            case ChangeKind.Deleted:
                gone[key] = change.Entity;
                queue.Add(key);
                break;
            case ChangeKind.Listed or ChangeKind.Resynced:
                queue.Add(key, QueuePriority.Background);
                break;
            default:
                if (ChangeFilter.Deserves(options.Strategy, change.Before, change.Entity))
                {
                    queue.Add(key);
                }

                break;
        }
    }

    private async Task WorkAsync(Func<bool> mayWork, CancellationToken takeNoMore, CancellationToken abort)
    {
        while (true)
        {
            EntityKey key;
            try
            {
                key = await queue.TakeAsync(takeNoMore);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var isPutBack = false;
            try
            {
                if (takeNoMore.IsCancellationRequested)
                {
                    return;
                }

                if (mayWork())
                {
                    isPutBack = !await TryProcessAsync(key, abort);
                }
                else
                {
                    // Whether leadership is lost for good is not decided here: a worker that went home would be missing if it is not.
                    queue.Retry(key, PauseWithoutLeadership);
                }
            }
            catch (Exception error)
            {
                logger.LogError(error, "{Controller} could not end its pass over {Key}", Name, key);
                queue.Retry(key, retries.Failed(key));
            }
            finally
            {
                if (isPutBack)
                {
                    queue.PutBack(key);
                }
                else
                {
                    queue.Done(key);
                }
            }
        }
    }

    /// <summary>False when there is no room for one more of its group.</summary>
    private async Task<bool> TryProcessAsync(EntityKey key, CancellationToken abort)
    {
        if (limit is null)
        {
            await ProcessAsync(key, abort);
            return true;
        }

        var group = store.Get(key) is { } entity ? options.Group!(entity) : null;
        if (!limit.TryEnter(key, group, queue.PriorityOf(key)))
        {
            return false;
        }

        try
        {
            await ProcessAsync(key, abort);
            return true;
        }
        finally
        {
            limit.Leave(group);
        }
    }

    private async Task ProcessAsync(EntityKey key, CancellationToken abort)
    {
        var reconcileId = Guid.NewGuid();
        using var scope = logger.BeginScope("{Controller} {Key} reconcileID={ReconcileId}", Name, key, reconcileId);
        using var activity = RuntimeTelemetry.Source.StartActivity("reconcile " + Name);
        activity?.SetTag("k8s.object.key", key.ToString()).SetTag("reconcile.id", reconcileId.ToString());
        using var timeout = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, timeout.Token);
        var started = clock.GetTimestamp();
        metrics.Started();
        var outcome = await PassAsync(key, either.Token);
        if (outcome is PassOutcome.Failed { IsThrown: true })
        {
            // What is thrown then says how the work noticed, and not what is wrong.
            outcome = abort.IsCancellationRequested ? new PassOutcome.Aborted() : timeout.IsCancellationRequested ? new PassOutcome.CutOff() : outcome;
        }

        metrics.Ended(outcome, clock.GetElapsedTime(started));
        Continue(key, outcome, activity);
    }

    private async Task<PassOutcome> PassAsync(EntityKey key, CancellationToken cancellationToken)
    {
        // Taken out first: a deletion that is heard of during the pass must not be lost.
        if (gone.TryRemove(key, out var last) && await TryAsync(() => pass.DeletedAsync(last, cancellationToken)) is PassOutcome.Failed failed)
        {
            gone.TryAdd(key, last);
            return failed;
        }

        return store.Get(key) is { } entity ? await TryAsync(() => pass.ReconcileAsync(entity, cancellationToken)) : PassOutcome.Done;
    }

    private static async Task<PassOutcome> TryAsync(Func<Task<PassOutcome>> part)
    {
        try
        {
            return await part();
        }
        catch (Exception error)
        {
            return new PassOutcome.Failed(error.Message, error, null) { IsThrown = true };
        }
    }

    private bool IsExpected(Exception error) =>
        error is ApiException or HttpRequestException or TimeoutException or IOException || settings.IsExpected(error);

    private static TimeSpan Smeared(TimeSpan delay) => delay * (1 + (RequeueJitter * ((2 * Random.Shared.NextDouble()) - 1)));

    private void Continue(EntityKey key, PassOutcome outcome, Activity? activity)
    {
        switch (outcome)
        {
            case PassOutcome.Failed failed:
                // Who names its own time has its own back-off, and takes no place from the others.
                var delay = failed.After is { } wanted ? Smeared(wanted) : retries.Failed(key);
                activity?.SetStatus(ActivityStatusCode.Error, failed.Message);
                logger.LogWarning(
                    failed.Error is { } error && !IsExpected(error) ? error : null,
                    "{Controller} failed at {Key}, next try in {Seconds:0.#} s: {Message}",
                    Name,
                    key,
                    delay.TotalSeconds,
                    failed.Message);
                metrics.Retried();
                queue.Retry(key, delay);
                break;
            case PassOutcome.CutOff:
                var pause = retries.Failed(key);
                activity?.SetStatus(ActivityStatusCode.Error, "cut off");
                logger.LogWarning(
                    "{Controller} was cut off at {Key} after {Limit:0.#} s and goes on where it was in {Seconds:0.#} s. If it comes again, what it waits for is slow or hangs: see the object's conditions",
                    Name,
                    key,
                    options.Timeout.TotalSeconds,
                    pause.TotalSeconds);
                metrics.Retried();
                queue.Retry(key, pause);
                break;
            case PassOutcome.Aborted:
                logger.LogDebug("{Controller} gave up {Key}: the process ends, or leads no more", Name, key);
                queue.Retry(key, PauseWithoutLeadership);
                break;
            case PassOutcome.Succeeded succeeded:
                retries.Succeeded(key);
                if (succeeded.After is { } after)
                {
                    queue.AddAfter(key, Smeared(after), QueuePriority.Background);
                }

                break;
            default:
                throw new InvalidOperationException($"{outcome} is no outcome of a pass");
        }
    }
}
