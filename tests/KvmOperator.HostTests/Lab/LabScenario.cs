using Xunit;

namespace KvmOperator.HostTests.Lab;

/// <summary>A test that begins with machines nobody has touched.</summary>
public abstract class LabScenario(LabFixture fixture) : IAsyncLifetime
{
    private KvmLab? lab;

    private protected LabFixture Fixture => fixture;

    internal KvmLab Lab => lab ?? throw new InvalidOperationException("the lab is there when a test begins, not before");

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        try
        {
            lab = await Fixture.FreshAsync(CancellationToken);
        }
        catch
        {
            await CrashedMachines.NoteAsync(fixture, failed: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CrashedMachines.NoteAsync(fixture, TestContext.Current.TestState?.Result == TestResult.Failed);
    }
}
