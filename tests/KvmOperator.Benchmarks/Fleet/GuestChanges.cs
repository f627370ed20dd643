using KvmOperator.Benchmarks.Fleet.Hosts;

namespace KvmOperator.Benchmarks.Fleet;

/// <summary>Ends guests by hand on their hosts and starts them again, and measures how soon the objects say so.</summary>
internal sealed class GuestChanges(ConditionWatch running, TimeProvider clock, Random random)
{
    /// <summary>Changes a second: enough for a figure, and no storm.</summary>
    private const int Rate = 5;

    /// <summary>What takes longer is counted as this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Changes so many guests of these hosts, one after the other, and all of them back. Beside it, what a plain write to the API server takes until a watch has it.</summary>
    public async Task<(Latencies Changes, Latencies Plain)> MeasureAsync(IReadOnlyList<FleetHost> hosts, int count, CancellationToken cancellationToken)
    {
        var guests = hosts.SelectMany(host => host.Guests.Where(guest => guest.Runs).Select(guest => (Host: host, Guest: guest))).ToArray();
        random.Shuffle(guests);
        var chosen = guests.Take(count).ToList();
        var plain = PlainAsync([.. guests.Skip(count).Concat(chosen).Take(count / 2).Select(one => one.Guest.Identity.Name)], cancellationToken);
        var ended = await ChangeAsync(chosen, starts: false, cancellationToken);
        var started = await ChangeAsync(chosen, starts: true, cancellationToken);
        return (new Latencies([.. ended, .. started], Patience), new Latencies(await plain, Patience));
    }

    /// <summary>One a second, so that it adds little to what is measured.</summary>
    private async Task<IReadOnlyCollection<TimeSpan>> PlainAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var times = new List<Task<TimeSpan>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        foreach (var name in names.Take(names.Count * 4 / Rate))
        {
            times.Add(PlainAsync(name, cancellationToken));
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return await Task.WhenAll(times);
    }

    private async Task<TimeSpan> PlainAsync(string name, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        return clock.GetElapsedTime(began, await running.MarkAsync(FleetIdentity.Namespace, name, Guid.NewGuid().ToString("N"), cancellationToken));
    }

    private async Task<TimeSpan[]> ChangeAsync(IReadOnlyList<(FleetHost Host, FleetGuest Guest)> chosen, bool starts, CancellationToken cancellationToken)
    {
        var times = new List<Task<TimeSpan>>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1) / Rate, clock);
        foreach (var (host, guest) in chosen)
        {
            times.Add(ChangeAsync(host, guest, starts, cancellationToken));
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return await Task.WhenAll(times);
    }

    private async Task<TimeSpan> ChangeAsync(FleetHost host, FleetGuest guest, bool starts, CancellationToken cancellationToken)
    {
        var seen = running.ExpectAsync(guest.Identity.Name, starts);
        var began = clock.GetTimestamp();
        if (starts)
        {
            host.Start(guest);
        }
        else
        {
            host.Destroy(guest);
        }

        try
        {
            return clock.GetElapsedTime(began, await seen.WaitAsync(Patience, clock, cancellationToken));
        }
        catch (TimeoutException)
        {
            return Patience;
        }
    }
}
