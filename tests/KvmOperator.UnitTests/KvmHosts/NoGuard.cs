using KvmOperator.Hosts.Epochs;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.KvmHosts;

/// <summary>For fake machines, which nobody else leads.</summary>
internal sealed class NoGuard : IHostGuard
{
    public IHostShell Guard(IHostShell shell) => shell;

    public void Forget(string name)
    {
    }
}
