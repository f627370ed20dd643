using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>What a peer announces costs nothing before it came. Alone, since what the whole process takes is counted.</summary>
[Collection(AllocationCollection.Name)]
public sealed class AnnouncedLengthTests : IAsyncDisposable
{
    private readonly LibvirtPeer peer = new(new FakeTimeProvider());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_length_that_is_announced_and_never_comes_costs_no_memory()
    {
        await peer.OpenAsync(Token);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await peer.SendAsync([.. LibvirtPeer.Words(33_000_000), .. new byte[10_000]]);
        await peer.EndAsync();

        Assert.Equal(LibvirtClosingKind.StreamEnded, (await peer.Connection.Closed).Kind);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 8_000_000);
    }

    public async ValueTask DisposeAsync() => await peer.DisposeAsync();
}
