using KvmOperator.HostTests.Lab;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(LabFixture))]
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace KvmOperator.HostTests.Lab;

/// <summary>
/// The lab of these tests: two prepared KVM hosts and the storage server, up since the first test that asks. Each scenario starts
/// from the same snapshot, taken before any of them touched a machine.
/// </summary>
public sealed class LabFixture : IAsyncDisposable
{
    private readonly KvmLab lab = new("tests");
    private bool started;
    private bool saved;

    /// <summary>The lab, all machines as they were after their first boot.</summary>
    internal async Task<KvmLab> FreshAsync(CancellationToken cancellationToken)
    {
        if (saved)
        {
            await lab.VerbAsync(cancellationToken, "restore");
        }
        else
        {
            await lab.DownAsync(cancellationToken);
            started = true;
            await lab.UpAsync(cancellationToken, "--no-control-plane");
            await lab.VerbAsync(cancellationToken, "save");
            saved = true;
        }

        return lab;
    }

    public async ValueTask DisposeAsync()
    {
        if (started)
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }
}
