using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Hosts.Watch;

/// <summary>Listens to one machine over held channels. Disposing ends them.</summary>
internal interface IMachineWatch : IAsyncDisposable
{
    /// <summary>Goes over this shell from now on. The first call opens the channels.</summary>
    void Use(IHostShell current);
}
