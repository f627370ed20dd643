using KvmOperator.Runtime.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class HeapTrimmerTests
{
    [Fact]
    public async Task Memory_is_given_back_every_few_minutes_until_the_operator_stops()
    {
        var clock = new FakeTimeProvider();
        using var given = new SemaphoreSlim(0);
        using var trimmer = new HeapTrimmer(() => given.Release(), clock);
        await trimmer.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, given.CurrentCount);
        for (var time = 0; time < 3; time++)
        {
            clock.Advance(HeapTrimmer.Interval);
            await given.WaitAsync(TestContext.Current.CancellationToken);
        }

        await trimmer.StopAsync(TestContext.Current.CancellationToken);
        clock.Advance(HeapTrimmer.Interval);
        Assert.True(trimmer.ExecuteTask!.IsCompleted);
        Assert.Equal(0, given.CurrentCount);
    }
}
