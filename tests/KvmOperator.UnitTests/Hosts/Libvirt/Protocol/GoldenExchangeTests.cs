using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>
/// <c>exchange.txt</c> is what was said, message by message, between this client (<c>&gt;</c>) and libvirt 9.0.0 with a guest that runs, through <c>virt-ssh-helper</c>. libvirt's half is said
/// again, and the client has to say its own half to the bit.
/// </summary>
public sealed class GoldenExchangeTests
{
    private const string Tiny =
        "<domain type='kvm'><name>zz-golden</name><uuid>0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string[] Exchange { get; } =
        File.ReadAllLines(Path.Combine(Repository.Root, "tests", "KvmOperator.UnitTests", "Hosts", "Libvirt", "Protocol", "exchange.txt"));

    [Fact]
    public async Task The_client_says_what_it_said_to_libvirt_and_understands_the_answers()
    {
        var said = new List<string>();
        await using var peer = new LibvirtPeer(TimeProvider.System);
        var replaying = ReplayAsync(peer, said);
        var connection = peer.Connection;
        var guest = new LibvirtDomain("default_xx", new Guid("1f944645-5d06-5a79-b731-2a8b91a9095e"), 1);

        await connection.OpenAsync("qemu:///system", Token);
        Assert.Equal(14, await connection.RegisterEventAsync(DomainEventKind.Lifecycle, Token));
        Assert.Equal(new Version(9, 0, 0), await connection.GetLibraryVersionAsync(Token));
        Assert.Equal([guest], await connection.ListDomainsAsync(DomainListFlags.None, Token));
        Assert.Equal(new DomainStateAndReason(DomainState.Running, 2), await connection.GetStateAsync(guest, Token));

        var statistics = Assert.Single(await connection.GetAllStatisticsAsync([guest], DomainStatsTypes.State | DomainStatsTypes.Balloon, DomainStatsFlags.Nowait, Token));
        Assert.Equal(guest, statistics.Domain);
        Assert.Equal((1, 262_144), (statistics.Values.Number("state.state"), statistics.Values.Number("balloon.current")));

        var interfaces = await connection.GetInterfaceAddressesAsync(guest, DomainAddressSource.Agent, Token);
        Assert.Equal(["lo", "eth0"], interfaces.Select(one => one.Name));
        Assert.Equal(("52:54:00:9d:13:2d", new DomainAddress(false, "192.168.123.94", 24)), (interfaces[1].HardwareAddress, Assert.Single(interfaces[1].Addresses)));
        Assert.Equal(DomainJobType.None, (await connection.GetJobStatisticsAsync(guest, DomainJobStatisticsFlags.None, Token)).Type);

        var missing = await Assert.ThrowsAsync<LibvirtException>(() => connection.FindAsync("no-such", Token));
        Assert.Equal((LibvirtErrorCode.NoDomain, "Domain not found: no domain with matching name 'no-such'"), (missing.Code, missing.Message));

        var tiny = await connection.DefineAsync(Tiny, DomainDefineFlags.Validate, Token);
        Assert.Equal(new DomainLifecycleEvent(tiny, DomainLifecycle.Defined, 0), await connection.Events.ReadAsync(Token));
        await connection.UndefineAsync(tiny, DomainUndefineFlags.None, Token);
        Assert.Equal(new DomainLifecycleEvent(tiny, DomainLifecycle.Undefined, 0), await connection.Events.ReadAsync(Token));
        await connection.CloseAsync(Token);
        await replaying;

        Assert.Equal(Exchange.Where(line => line.StartsWith('>')), said);
    }

    [Fact]
    public void Each_message_is_refused_when_it_is_cut_anywhere()
    {
        foreach (var message in Exchange.Select(line => Convert.FromHexString(line[2..])))
        {
            Assert.Equal(message.Length - 4, MessageHeader.ReadLength(message));
            for (var length = 0; length < 24; length++)
            {
                Assert.Throws<LibvirtProtocolException>(() => MessageHeader.Read(new XdrReader(message.AsMemory(4, length))));
            }
        }
    }

    /// <summary>Says libvirt's messages up to the next one of the client's, whenever one of the client's came.</summary>
    private static async Task ReplayAsync(LibvirtPeer peer, List<string> said)
    {
        foreach (var line in Exchange)
        {
            if (line.StartsWith('<'))
            {
                await peer.SendAsync(Convert.FromHexString(line[2..]));
                continue;
            }

            var call = await peer.Calls.ReadAsync(Token);
            said.Add($"> {Convert.ToHexStringLower(LibvirtPeer.Frame(LibvirtPeer.Remote, call.Procedure, 0, call.Serial, 0, call.Arguments))}");
        }

        // libvirt's answer to the good-bye did not arrive, because the helper had ended.
        await peer.EndAsync();
    }
}
