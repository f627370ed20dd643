using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>How many connections a host gets, and for how long.</summary>
public sealed class HostConnectionsTests
{
    private static readonly RemoteCommand Work = RemoteCommand.Of("work");

    private readonly FakeTimeProvider clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_further_connection_comes_when_all_places_are_held_and_goes_when_it_is_idle()
    {
        var host = new FewSessions(clock, mostConnections: 5);
        using var connections = Connections(host);
        Assert.Null(connections.Silence);
        await RunAsync(connections);
        host.Connections[0].IsTaken = true;

        await RunAsync(connections);
        Assert.Equal(2, host.Connections.Count);
        await RunAsync(connections);
        Assert.Equal(2, host.Connections.Count);

        for (var passed = 0; passed < 4; passed++)
        {
            clock.Advance(TimeSpan.FromSeconds(31));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancelled);
        }

        Assert.True(host.Connections[1].IsRetired);
        Assert.False(host.Connections[0].IsRetired);
    }

    [Fact]
    public async Task A_host_that_gives_no_further_connection_is_waited_for()
    {
        var host = new FewSessions(clock, mostConnections: 1);
        using var connections = Connections(host);
        await RunAsync(connections);
        host.Connections[0].IsTaken = true;

        var waiting = RunAsync(connections);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);

        host.Connections[0].IsTaken = false;
        while (!waiting.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        Assert.True((await waiting).Succeeded);
    }

    [Fact]
    public async Task A_connection_that_ended_is_replaced_and_after_the_end_nothing_is_opened()
    {
        var host = new FewSessions(clock, mostConnections: 1);
        var connections = Connections(host);
        await RunAsync(connections);
        host.Connections[0].Retire();

        await RunAsync(connections);
        Assert.Equal(2, host.Connections.Count);

        connections.Dispose();
        Assert.True(host.Connections[1].IsRetired);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => RunAsync(connections));
        Assert.Equal(2, host.Connections.Count);
    }

    private static Task<CommandResult> RunAsync(HostConnections connections) => connections.UseAsync(connection => connection.RunAsync(Work, Cancelled), isHeld: false, Cancelled);

    private HostConnections Connections(FewSessions host) => new("node1", host, (_, _) => Task.CompletedTask, clock, NullLogger.Instance);
}
