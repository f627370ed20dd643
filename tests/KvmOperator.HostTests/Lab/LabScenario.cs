using Xunit;

namespace KvmOperator.HostTests.Lab;

/// <summary>A test that begins with machines nobody has touched.</summary>
public abstract class LabScenario(LabFixture fixture) : IAsyncLifetime
{
    private KvmLab? lab;

    internal KvmLab Lab => lab ?? throw new InvalidOperationException("the lab is there when a test begins, not before");

    protected static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => lab = await fixture.FreshAsync(CancellationToken);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
