using System.Threading.Channels;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.UnitTests.Hosts.Watch;

/// <summary>A machine whose held channels a test plays.</summary>
internal sealed class PlayedServer : IHostShell
{
    private readonly Channel<PlayedChannel> opened = Channel.CreateUnbounded<PlayedChannel>();

    public string Name => "storage";

    public HostKey? HostKey => null;

    /// <summary>The channels, in the order in which they were opened.</summary>
    public ChannelReader<PlayedChannel> Opened => opened.Reader;

    public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken)
    {
        var channel = new PlayedChannel();
        opened.Writer.TryWrite(channel);
        return Task.FromResult<IHostChannel>(channel);
    }
}
