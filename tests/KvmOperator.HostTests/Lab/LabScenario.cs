using Xunit;

namespace KvmOperator.HostTests.Lab;

/// <summary>A test that begins with machines nobody has touched.</summary>
public abstract class LabScenario(LabFixture fixture) : IAsyncLifetime
{
    private KvmLab? lab;

    private protected LabFixture Fixture => fixture;

    internal KvmLab Lab => lab ?? throw new InvalidOperationException("the lab is there when a test begins, not before");

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => lab = await CrashedMachines.BeginAsync(Fixture, () => Fixture.FreshAsync(CancellationToken));

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CrashedMachines.EndAsync(Fixture);
    }
}
