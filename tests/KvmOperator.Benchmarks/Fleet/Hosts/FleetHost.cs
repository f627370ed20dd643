using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>A simulated host: its guests, and who listens to its libvirt.</summary>
internal sealed class FleetHost(string name, IReadOnlyList<FleetGuest> guests)
{
    private readonly ConcurrentDictionary<FleetLibvirt, bool> listeners = new();

    public string Name => name;

    public IReadOnlyList<FleetGuest> Guests => guests;

    /// <summary>All its channels are silent, and new ones are taken and not answered.</summary>
    public bool IsFrozen => !Thawed.IsCompleted;

    /// <summary>Completed unless it is frozen.</summary>
    public Task Thawed => thawing.Task;

    private volatile TaskCompletionSource thawing = CompletedSource();

    public void Freeze() => thawing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => thawing.TrySetResult();

    public void Add(FleetLibvirt libvirt) => listeners[libvirt] = true;

    public void Remove(FleetLibvirt libvirt) => listeners.TryRemove(libvirt, out _);

    /// <summary>As <c>virsh destroy</c>: its libvirt tells whoever wants to know.</summary>
    public void Destroy(FleetGuest guest)
    {
        guest.Runs = false;
        Tell(guest, DomainLifecycle.Stopped, detail: 1);
    }

    /// <summary>As <c>virsh start</c>.</summary>
    public void Start(FleetGuest guest)
    {
        guest.Id += 100_000;
        guest.Runs = true;
        Tell(guest, DomainLifecycle.Started, detail: 0);
    }

    private void Tell(FleetGuest guest, DomainLifecycle change, int detail)
    {
        foreach (var libvirt in listeners.Keys)
        {
            libvirt.Tell(guest, change, detail);
        }
    }

    private static TaskCompletionSource CompletedSource()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
