using k8s;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>Looks at the operator's lease all the time: whose it is, and how long it went unrenewed.</summary>
internal sealed class LeaseWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<string> holders = new(StringComparer.Ordinal);
    private readonly Task looking;
    private TimeSpan longest;

    public LeaseWatch(Kubernetes kubernetes, TimeProvider clock) => looking = Task.Run(() => LookAsync(kubernetes, clock));

    /// <summary>Ends the watch and says what was seen.</summary>
    public async Task<(int Holders, TimeSpan LongestPause)> EndAsync()
    {
        await DisposeAsync();
        return (holders.Count, longest);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await looking.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task LookAsync(Kubernetes kubernetes, TimeProvider clock)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stopping.Token))
        {
            var lease = await kubernetes.CoordinationV1.ReadNamespacedLeaseAsync("kvm-operator", FleetObjects.OperatorNamespace, cancellationToken: stopping.Token);
            holders.Add(lease.Spec.HolderIdentity ?? string.Empty);
            var age = clock.GetUtcNow().UtcDateTime - lease.Spec.RenewTime!.Value;
            longest = age > longest ? age : longest;
        }
    }
}
