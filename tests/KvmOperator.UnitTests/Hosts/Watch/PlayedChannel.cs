using System.Text;
using KvmOperator.Hosts.Ssh;
using KvmOperator.UnitTests.Hosts.Beat;

namespace KvmOperator.UnitTests.Hosts.Watch;

/// <summary>A held channel that a test plays.</summary>
internal sealed class PlayedChannel : IHostChannel
{
    private readonly ScriptOutput output = new();
    private readonly TaskCompletionSource<CommandResult> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Stream Input => Stream.Null;

    public Stream Output => output;

    public Task<CommandResult> Ended => ended.Task;

    /// <summary>Completes when the operator lets it go.</summary>
    public Task Closed => closed.Task;

    /// <summary>Says something, and waits until it was heard.</summary>
    public Task SayAsync(string text, CancellationToken cancellationToken) => output.WriteAsync(text, cancellationToken);

    /// <summary>The process ends.</summary>
    public void End(int status, string lastWords = "")
    {
        ended.SetResult(new CommandResult(status, null, default, Encoding.UTF8.GetBytes(lastWords), TimeSpan.Zero));
        output.End();
    }

    public ValueTask DisposeAsync()
    {
        closed.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
