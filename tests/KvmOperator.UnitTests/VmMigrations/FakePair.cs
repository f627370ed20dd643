using k8s.Models;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>Fake hosts, node1 and node2 unless a test adds more, with what it puts on them, and a job on node1. What is done to them changes them.</summary>
internal sealed class FakePair : IMigrationHosts, IMigrations, IHostJobs, IHostObserver
{
    /// <summary>The guest on each host.</summary>
    public Dictionary<string, DomainObservation?> Domains { get; } = new(StringComparer.Ordinal) { ["node1"] = null, ["node2"] = null };

    /// <summary>Hosts whose KvmHost is gone.</summary>
    public HashSet<string> Gone { get; } = new(StringComparer.Ordinal);

    /// <summary>Hosts that cannot be asked.</summary>
    public HashSet<string> Silent { get; } = new(StringComparer.Ordinal);

    /// <summary>Happens before a leftover is removed.</summary>
    public Action? BeforeRemoval { get; set; }

    /// <summary>How far the running job is; null before the first byte.</summary>
    public HostsProgress? Progress { get; set; }

    /// <summary>What is read before a move to a host; nothing stands in its way unless a test says so.</summary>
    public Dictionary<string, MigrationTargetFacts> Facts { get; } = new(StringComparer.Ordinal);

    /// <summary>What happens, or is thrown, when a move is to begin; by default it begins.</summary>
    public Action Beginning { get; set; } = () => { };

    /// <summary>Happens while the hosts are asked whether a move can work.</summary>
    public Action Asked { get; set; } = () => { };

    public static MigrationTargetFacts Fine { get; } = new(true, true, [], [], false, false, [], null, string.Empty);

    public static JobState Running { get; } = new(JobPhase.Running, null, string.Empty, string.Empty, string.Empty);

    public JobState Job { get; set; } = new(JobPhase.Succeeded, 0, "success", string.Empty, string.Empty);

    public List<string> Done { get; } = [];

    public DomainIdentity Identity(VmMigration move) => Given.Identity;

    public Task<bool> IsGoneAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Gone.Contains(name));

    public Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken) =>
        Silent.Contains(name) || Gone.Contains(name) ? throw new MachineUnavailableException($"{name} cannot be asked") : Task.FromResult<IHostShell>(new NamedShell(name));

    public string Address(string name) => name;

    public async Task<DomainObservation?> LookAsync(string name, DomainIdentity identity, CancellationToken cancellationToken)
    {
        await ShellAsync(name, cancellationToken);
        return Domains[name];
    }

    public Task<bool> RemoveLeftoverAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken)
    {
        BeforeRemoval?.Invoke();
        BeforeRemoval = null;
        if (Domains[host.Name] is { State: not DomainState.ShutOff })
        {
            return Task.FromResult(false);
        }

        Domains[host.Name] = null;
        Done.Add($"removed from {host.Name}");
        return Task.FromResult(true);
    }

    /// <summary>Hosts on which the guest is not defined, so that it is gone after its end.</summary>
    public HashSet<string> Transient { get; } = new(StringComparer.Ordinal);

    public Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => Task.FromResult(!Transient.Contains(host.Name));

    public Task<HostsProgress?> ReadCompletedAsync(IHostShell target, DomainIdentity domain, CancellationToken cancellationToken) =>
        Task.FromResult<HostsProgress?>(new HostsProgress(1, 1, 0, 1, 0, 1, TimeSpan.Zero, TimeSpan.FromMilliseconds(42)));

    public Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => Task.FromResult(Job);

    public Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
    {
        Done.Add($"forgot {name.Uid} on {host.Name}");
        return Task.CompletedTask;
    }

    public Task<MigrationTargetFacts> ReadFactsAsync(IHostShell source, IHostShell target, DomainIdentity domain, bool isActive, string targetAddress, CancellationToken cancellationToken)
    {
        Done.Add($"asked {target.Name}");
        Asked();
        return Task.FromResult(Facts.GetValueOrDefault(target.Name, Fine));
    }

    public Task<JobState> StartAsync(IHostShell source, JobName name, DomainIdentity domain, MigrationOptions options, CancellationToken cancellationToken)
    {
        Beginning();
        Done.Add($"began on {source.Name} to {options.TargetAddress}");
        return Task.FromResult(Job = Running);
    }

    public Task<(JobState Job, HostsProgress? Progress)> WatchAsync(IHostShell source, JobName name, DomainIdentity domain, TimeSpan patience, CancellationToken cancellationToken) =>
        Silent.Contains(source.Name) ? throw new MachineUnavailableException($"{source.Name} cannot be asked.") : Task.FromResult((Job, Job.Phase == JobPhase.Running ? Progress : null));

    public Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RememberAsync(string name, DomainIdentity identity, MoveMark move, CancellationToken cancellationToken)
    {
        Domains[name] = Domains[name]! with { Moves = [.. Domains[name]!.Moves, move] };
        return Task.CompletedTask;
    }

    public Task<DomainState?> StateAsync(IHostShell host, DomainIdentity identity, CancellationToken cancellationToken) => Task.FromResult(Domains[host.Name]?.State);

    public Task<bool> AbortAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken)
    {
        if (Domains[source.Name] is { InPostCopy: true })
        {
            return Task.FromResult(false);
        }

        Done.Add($"gave up on {source.Name}");
        return Task.FromResult(true);
    }

    public Task SwitchToPostCopyAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken)
    {
        Done.Add($"switched on {source.Name}");
        return Task.CompletedTask;
    }

    public Task<bool> MoveStoppedAsync(IHostShell source, IHostShell target, DomainIdentity domain, CancellationToken cancellationToken)
    {
        Beginning();
        (Domains[target.Name], Domains[source.Name]) = (Domains[source.Name], null);
        Done.Add($"moved from {source.Name} to {target.Name}");
        return Task.FromResult(true);
    }

    public Task<HostObservation> ObserveAsync(IHostShell host, IReadOnlyList<string> mountPaths, CancellationToken cancellationToken) =>
        Task.FromResult(Given.Host(Domains[host.Name] is { } domain ? [domain] : []) with { BootId = host.Name });

    public void Listen(HostTold told)
    {
    }

    public ValueTask ForgetAsync(string host) => ValueTask.CompletedTask;

    public Task<HostFacts> ReadFactsAsync(IHostShell host, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public static VmMigration Move(VmMigrationPhase phase = VmMigrationPhase.Verifying) => new()
    {
        Metadata = new V1ObjectMeta { Name = "move", NamespaceProperty = "default", Uid = "uid" },
        Status = new VmMigrationStatus { Phase = phase, SourceHost = "node1", TargetHost = "node2" },
    };

    private sealed record NamedShell(string Name) : IHostShell
    {
        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
