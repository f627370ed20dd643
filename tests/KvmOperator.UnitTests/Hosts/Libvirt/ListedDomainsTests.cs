using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>The script that looks at a host, in a real shell with a made-up virsh.</summary>
public sealed class ListedDomainsTests
{
    private static readonly DomainIdentity Web = new("shop", "web");

    /// <summary>Its first call lists; the second one gets everything else as one text.</summary>
    private static readonly string Virsh =
        $"""
        shift
        case $1 in
          list) echo {Web.Uuid} ;;
          *) [ ! -e "$FOLDER/gone" ] || exit 1
             printf '%s\n' "Domain: 'shop_web'" "  state.state=1"
             echo "$1" | tr ';' '\n' | sed 's/^ *//' | while read -r verb rest; do
               case $verb in
                 echo) echo "$rest" ;;
                 dumpxml) echo "<domain><name>shop_web</name><uuid>$rest</uuid></domain>" ;;
                 list) echo {Web.Uuid} ;;
               esac
             done ;;
        esac
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_domain_that_is_listed_is_seen()
    {
        using var host = new ScriptedHost(("virsh", Virsh));

        var seen = await HostLook.ObserveAsync(host, [], Token);

        Assert.True(seen.LibvirtAnswers);
        Assert.Equal(Web.Uuid, Assert.Single(seen.Domains).Uuid);
    }

    [Fact]
    public async Task A_libvirt_that_goes_away_between_the_two_questions_does_not_answer()
    {
        using var host = new ScriptedHost(("virsh", Virsh));
        host["gone"] = "yes";

        Assert.False((await HostLook.ObserveAsync(host, [], Token)).LibvirtAnswers);
    }
}
