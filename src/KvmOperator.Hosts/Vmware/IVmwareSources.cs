using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Vmware;

/// <summary>Reads VMware sources on hosts. Nothing is written there, and nothing of what lies in a source is understood there.</summary>
public interface IVmwareSources
{
    /// <summary>
    /// Opens a source: lists it, and keeps a process on the host that reads pieces of its files until it is disposed of. The listing is bounded; a folder with more than twenty thousand things is refused.
    /// Besides the exceptions named here, all of <see cref="IHostShell.OpenAsync"/> apply.
    /// </summary>
    /// <exception cref="SourceRefusedException">It is not there, cannot be listed, or lies outside of the scope.</exception>
    /// <exception cref="IOException">The process on the host ended without an answer.</exception>
    Task<IOpenedSource> OpenAsync(IHostShell host, SourceScope scope, CancellationToken cancellationToken);
}
