using KvmOperator.HostTests.Lab;
using Xunit;

namespace KvmOperator.HostTests.Operator;

/// <summary>A test of the operator on real machines. Where it begins is its <see cref="Beginning"/>; an operator runs only from <see cref="Beginning.Pool"/> on.</summary>
public abstract class OperatorScenario(LabFixture fixture) : IAsyncLifetime
{
    private OperatorLab? lab;

    internal OperatorLab Lab => lab ?? throw new InvalidOperationException("the lab is there when a test begins, not before");

    internal LabCluster Cluster => Lab.Cluster;

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    protected virtual Beginning Beginning => Beginning.Pool;

    public async ValueTask InitializeAsync() =>
        lab = await CrashedMachines.BeginAsync(fixture, () => fixture.OperatorAsync(Beginning, GetType().Name, CancellationToken));

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (lab is not null)
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
            {
                await FailureReport.WriteAsync(lab, GetType().Name, CancellationToken.None);
            }

            await lab.DisposeAsync();
        }

        await CrashedMachines.EndAsync(fixture);
    }
}
