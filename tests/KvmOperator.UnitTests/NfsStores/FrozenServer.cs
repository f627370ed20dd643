using k8s;
using k8s.Models;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Steps;
using KvmOperator.Runtime.Events;
using KvmOperator.UnitTests.VirtualMachines;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>Stands for machines: hosts that see what the test says and note what is unmounted, and a server that takes connections and never says what it exports.</summary>
internal sealed class FrozenServer : IHostObserver, IHostShells, IHostShell, INfsServer, INfsClient, IEventRecorder
{
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Events { get; } = [];

    public List<string> Unmounted { get; } = [];

    public List<string> Withdrawn { get; } = [];

    public HostObservation Seen { get; set; } = Given.Host();

    /// <summary>Whether the server does not answer any more.</summary>
    public bool IsGone { get; set; }

    public string Name => "store images";

    public HostKey? HostKey => null;

    public Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) => Task.FromResult(Seen);

    /// <summary>What the server says of its exports, or throws; null for a server that says nothing.</summary>
    public Func<StepState>? Answer { get; set; }

    /// <summary>How often the server was asked what it exports, and set up.</summary>
    public int Checks { get; private set; }

    public int Applies { get; private set; }

    /// <summary>How often a host wrote to the store.</summary>
    public int Tests { get; private set; }

    /// <summary>The mark that the last test was to find.</summary>
    public string? KnownId { get; private set; }

    public StoreAccess Access { get; set; } = new(Works: true, "id", string.Empty);

    public async Task<StepState> CheckAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        Checks++;
        if (Answer is { } said)
        {
            return said();
        }

        var answer = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        Asked.TrySetResult();
        await answer;
        throw new NotSupportedException();
    }

    public Task<StoreAccess> TestAccessAsync(IHostShell host, string mountPath, string? knownId, CancellationToken cancellationToken)
    {
        KnownId = knownId;
        Tests++;
        return Task.FromResult(Access);
    }

    public IHostShell Get(HostConnectionSettings settings) => this;

    public ValueTask CloseAllAsync() => ValueTask.CompletedTask;

    public ValueTask ForgetAsync(string name) => ValueTask.CompletedTask;

    public void Publish(IKubernetesObject<V1ObjectMeta> entity, string reason, string message, EventType type = EventType.Normal) => Events.Add(reason);

    public void Publish(V1ObjectReference regarding, string reason, string message, EventType type = EventType.Normal) => throw new NotSupportedException();

    /// <summary>What a machine answers to a command; null for none that is expected.</summary>
    public Func<RemoteCommand, CancellationToken, Task<CommandResult>>? Run { get; set; }

    public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => Run?.Invoke(command, cancellationToken) ?? throw new NotSupportedException();

    public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Listen(HostTold told)
    {
    }

    public Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StepState> ApplyAsync(IHostShell server, StoreExport export, CancellationToken cancellationToken)
    {
        Applies++;
        return Task.FromResult(Answer!());
    }

    public Task RemoveAsync(IHostShell server, string name, CancellationToken cancellationToken)
    {
        if (IsGone)
        {
            throw new HostUnreachableException(server.Name, "no route to host", commandMayHaveRun: false);
        }

        Withdrawn.Add(name);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<NfsClientLease>> ReadClientsAsync(IHostShell server, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task FenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task UnfenceAsync(IHostShell server, IReadOnlyList<string> addresses, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> ReadFencedAsync(IHostShell server, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> ListAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StepState> CheckAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task LeaveAsync(IHostShell host, string mountPath, CancellationToken cancellationToken)
    {
        Unmounted.Add(mountPath);
        return Task.CompletedTask;
    }

    public Task MountAsync(IHostShell host, StoreMount store, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task UnmountAsync(IHostShell host, string mountPath, CancellationToken cancellationToken) => throw new NotSupportedException();
}
