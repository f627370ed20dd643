using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Migrations;

/// <summary>
/// Moves running guests. The source's libvirt drives the move and a job on the source starts it, so it goes on without the operator.
/// After the end, in whichever way, both hosts must be asked where the guest is: a job's result is no proof.
/// All exceptions of <see cref="HostShellExtensions.RequireAsync"/> apply to every call.
/// </summary>
public interface IMigrations
{
    /// <summary>Reads everything that would make libvirt refuse or harm the move. Changes nothing.</summary>
    /// <param name="source">Where the guest is.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="domain">The guest.</param>
    /// <param name="isActive">Whether it runs: for one that is off it does not matter whether the hosts reach each other.</param>
    /// <param name="targetAddress">The target's address, as the source reaches it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<MigrationTargetFacts> ReadFactsAsync(
        IHostShell source, IHostShell target, DomainIdentity domain, bool isActive, string targetAddress, CancellationToken cancellationToken);

    /// <summary>Starts the move, once: a second call with the same name finds the first one's job. The caller has asked that the domain is there, is ours, and runs.</summary>
    Task<JobState> StartAsync(IHostShell source, JobName name, DomainIdentity domain, MigrationOptions options, CancellationToken cancellationToken);

    /// <summary>Waits for the end of the move's job, for a short time at most, and tells where it stands. One round trip.</summary>
    /// <param name="source">Where the guest comes from.</param>
    /// <param name="name">The move's job.</param>
    /// <param name="domain">The guest.</param>
    /// <param name="patience">How long to wait for the end.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The job, and how far it is; null before the first byte and after the end.</returns>
    Task<(JobState Job, MigrationProgress? Progress)> WatchAsync(IHostShell source, JobName name, DomainIdentity domain, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>How the completed move went, asked on the target; null when its libvirt has forgotten.</summary>
    Task<MigrationProgress?> ReadCompletedAsync(IHostShell target, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Asks libvirt to give the move up; the guest then runs on at the source. No move is no error.</summary>
    /// <returns>False when it is in post-copy and goes on: giving it up would kill the guest.</returns>
    Task<bool> AbortAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Switches a running move, which was started with post-copy allowed, over to it. No move, and one that was switched before, are no error.</summary>
    Task SwitchToPostCopyAsync(IHostShell source, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Moves the definition of a guest that is off: defined on the target first, then removed at the source. May be repeated after a failure half way.</summary>
    /// <returns>False when the guest is not off any more: then it was not moved, and the target's definition is removed again.</returns>
    /// <exception cref="DomainNotOwnedException">The domain is not ours.</exception>
    /// <exception cref="DomainMissingException">The source has no such domain.</exception>
    Task<bool> MoveStoppedAsync(IHostShell source, IHostShell target, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Whether a guest that arrived is defined there, so that it is still there after its end. All exceptions of <see cref="IDomains.IsPersistentAsync"/> apply.</summary>
    Task<bool> IsPersistentAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);

    /// <summary>Removes the definition that a move left on the host where the guest is not. What is on disk stays. A missing one is fine.</summary>
    /// <returns>False when a guest of this definition is not off: then nothing is removed.</returns>
    Task<bool> RemoveLeftoverAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken);
}
