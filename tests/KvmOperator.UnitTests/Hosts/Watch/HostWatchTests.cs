using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Watch;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Watch;

public class HostWatchTests
{
    [Fact]
    public async Task A_host_that_is_away_is_not_waited_for()
    {
        await using var watch = new HostWatch("node1", (_, _, _) => { }, new FakeTimeProvider(), NullLogger.Instance);
        watch.Use(new AwayHost());

        // Time stands still: whoever waited would wait for ever.
        Assert.Null(await watch.ObserveAsync([], TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken));
    }

    private sealed class AwayHost : IHostShell
    {
        public string Name => "node1";

        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw Away();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw Away();

        private static HostUnreachableException Away() => new("node1", "node1 cannot be reached.", commandMayHaveRun: false);
    }
}
