using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>What shows that a guest works, by the script with recorded answers of virsh 9.0.</summary>
public sealed class GuestEvidenceTests
{
    private const string Answers =
        """
        case "$*" in
          *qemu-agent-command*) [ -e "$FOLDER/agent" ] && echo '{"return":{}}' ;;
          *'--source lease'*) printf ' vnet0      52:54:00:11:22:33    ipv4         192.168.122.7/24\n' ;;
          *'--source arp'*) printf ' vnet0      52:54:00:11:22:33    ipv6         fe80::1/0\n vnet0      52:54:00:11:22:33    ipv4         10.0.0.7/0\n' ;;
          *domstats*) printf 'Domain: default_xx\n  block.count=2\n  block.0.wr.bytes=4096\n  block.1.wr.bytes=1024\n  block.1.wr.reqs=7\n' ;;
        esac
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_shows_something_is_read()
    {
        using var host = new ScriptedHost(("virsh", Answers));
        host["agent"] = "there";

        Assert.Equal(new GuestEvidence(true, "192.168.122.7", "10.0.0.7", 5120), await new VirshEvidence().ReadAsync(host, new DomainIdentity("default", "xx"), Token));
    }

    [Fact]
    public async Task What_cannot_be_asked_shows_nothing()
    {
        using var host = new ScriptedHost(("virsh", "echo 'error: failed to get domain' >&2; exit 1"));

        Assert.Equal(new GuestEvidence(false, null, null, null), await new VirshEvidence().ReadAsync(host, new DomainIdentity("default", "xx"), Token));
    }
}
