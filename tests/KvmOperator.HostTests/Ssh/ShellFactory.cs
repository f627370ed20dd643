using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvmOperator.HostTests.Ssh;

/// <summary>Makes shells as the operator does.</summary>
internal static class ShellFactory
{
    public static HostShells CreateShells() => new(TimeProvider.System, NullLogger<HostShells>.Instance);

    public static HostShell Create(HostConnectionSettings settings) => HostShell.Create(settings, new ThreadBudget(ThreadBudget.Usual), TimeProvider.System, NullLogger.Instance);
}
