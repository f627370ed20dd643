using System.Collections.Concurrent;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;
using Microsoft.Extensions.Logging;

namespace KvmOperator.Hosts.Watch;

/// <summary>
/// Keeps one connection to libvirt a host for what is changed there. It is not the one that listens: libvirt reads nothing more of a client whose calls hang, and what is watched must not
/// wait for what is changed.
/// </summary>
internal sealed class HeldLibvirtConnections(TimeProvider clock, ILogger<HeldLibvirtConnections> logger) : ILibvirtConnections, IAsyncDisposable
{
    /// <summary>A host that has no helper may be given one.</summary>
    private static readonly TimeSpan MissingFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Place> places = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task<LibvirtConnection?> GetAsync(IHostShell host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        var place = places.GetOrAdd(host.Name, _ => new Place());
        await place.Opening.WaitAsync(cancellationToken);
        try
        {
            if (place.Connection is { Closed.IsCompleted: false } open)
            {
                return open;
            }

            if (place.Missing is { } missing && clock.GetElapsedTime(missing) < MissingFor)
            {
                return null;
            }

            place.Connection = await OpenAsync(host, cancellationToken);
            place.Missing = place.Connection is null ? clock.GetTimestamp() : null;
            return place.Connection;
        }
        finally
        {
            place.Opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in places.Values)
        {
            if (place.Connection is { } connection)
            {
                await connection.DisposeAsync();
            }

            place.Opening.Dispose();
        }
    }

    private async Task<LibvirtConnection?> OpenAsync(IHostShell host, CancellationToken cancellationToken)
    {
        var channel = await host.OpenAsync(HeldCommands.Libvirt, cancellationToken);
        var connection = new LibvirtConnection(channel.Input, channel.Output, clock, logger, HeldCommands.Patience(host.Pace));
        try
        {
            await connection.OpenAsync(HeldCommands.LibvirtUri, cancellationToken);
        }
        catch (LibvirtClosedException closed)
        {
            await using (channel)
            {
                return await HeldCommands.IsMissingAsync(channel, clock, cancellationToken) ? null : throw new LibvirtUnavailableException(host.Name, closed);
            }
        }
        catch (LibvirtException refused)
        {
            await channel.DisposeAsync();
            throw new LibvirtRefusedException(host.Name, RemoteCommand.Of("virsh", "connect"), refused);
        }
        catch (LibvirtDeadlineException late)
        {
            await channel.DisposeAsync();
            throw new DeadlineExceededException(host.Name, RemoteCommand.Of("virsh", "connect").WithDeadline(late.Deadline));
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }

        _ = connection.Closed.ContinueWith(_ => channel.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return connection;
    }

    /// <summary>What is kept of one host.</summary>
    private sealed class Place
    {
        public SemaphoreSlim Opening { get; } = new(1);

        public LibvirtConnection? Connection { get; set; }

        public long? Missing { get; set; }
    }
}
