using KvmOperator.Api.VmMigrations;
using KvmOperator.Connections;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.VmMigrations;

/// <summary>Asks both ends of a move.</summary>
internal interface IMigrationHosts
{
    /// <summary>The domain that a move is about.</summary>
    DomainIdentity Identity(VmMigration move);

    /// <summary>
    /// Whether there is no KvmHost of that name any more. Then nothing of the guest is there: a KvmHost goes when no guest and no open move needs it, or when a person confirmed that its
    /// machine is powered off. Asked of the API server, because a host that this process has not heard of, or cannot read, is not gone.
    /// </summary>
    Task<bool> IsGoneAsync(string name, CancellationToken cancellationToken);

    /// <summary>The shell of a host.</summary>
    /// <exception cref="MachineUnavailableException">There is no such host any more, or no credentials for it.</exception>
    Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken);

    /// <summary>The address to which guests are sent.</summary>
    string Address(string name);

    /// <summary>Looks at a host at this moment. Everybody else sees what was seen. Besides the exceptions named here, all of <see cref="IHostShell.RunAsync"/> apply.</summary>
    /// <returns>The guest's domain there; null when it has none.</returns>
    /// <exception cref="MachineUnavailableException">libvirt there does not answer.</exception>
    Task<DomainObservation?> LookAsync(string name, DomainIdentity identity, CancellationToken cancellationToken);

    /// <summary>Has the guest's domain on a host remember that a move is over. All exceptions of <see cref="IDomains"/> apply.</summary>
    Task RememberAsync(string name, DomainIdentity identity, MoveMark move, CancellationToken cancellationToken);

    /// <summary>The guest's state on a host at this moment; null when our domain is not there. Quicker than a look. All exceptions of <see cref="IHostShell.RunAsync"/> apply.</summary>
    Task<DomainState?> StateAsync(IHostShell host, DomainIdentity identity, CancellationToken cancellationToken);
}
