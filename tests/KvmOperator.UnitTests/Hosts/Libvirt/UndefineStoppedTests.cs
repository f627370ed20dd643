using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>The definition of a guest that is off goes, and a guest that runs is never touched. With a virsh that knows one domain from two files.</summary>
public sealed class UndefineStoppedTests : IDisposable
{
    /// <summary>The file <c>started</c> makes the guest run at the moment of the removal.</summary>
    private const string Virsh =
        """
        [ "$1" != -r ] || shift
        case $1 in
          domstate) [ -s "$FOLDER/state" ] || { echo "error: failed to get domain 'shop_web'" >&2; exit 1; }; cat "$FOLDER/state" ;;
          dumpxml) cat "$FOLDER/xml" ;;
          undefine)
            printf '%s\n' "$*" >"$FOLDER/removed"
            : >"$FOLDER/xml"
            if [ -e "$FOLDER/started" ]; then echo running >"$FOLDER/state"; else : >"$FOLDER/state"; fi ;;
          define) cat "$2" >"$FOLDER/xml" ;;
          help) cat "$FOLDER/help" 2>/dev/null ;;
          *) echo "$*" >>"$FOLDER/other" ;;
        esac
        """;

    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly string Definition = $"<domain><metadata xmlns:kvmop='{OwnerMarker.XmlNamespace}'/></domain>\n";

    private readonly ScriptedHost host = new(("virsh", Virsh));
    private readonly VirshDomains domains = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_that_is_off_loses_its_definition_and_keeps_its_UEFI_variables_and_its_saved_state()
    {
        Given("shut off");

        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Contains("--keep-nvram", host["removed"], StringComparison.Ordinal);
        Assert.DoesNotContain("managed-save", host["removed"], StringComparison.Ordinal);
        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));
    }

    [Theory]
    [InlineData("    --keep-tpm       keep TPM state\n", true)]
    [InlineData("    --keep-nvram     keep nvram file\n", false)]
    public async Task A_TPM_keeps_its_state_where_virsh_can_be_told_to(string help, bool isTold)
    {
        Given("shut off");
        host["help"] = help;
        host["xml"] = Definition.Replace("</domain>", "<devices><tpm model='tpm-crb'/></devices></domain>", StringComparison.Ordinal);

        Assert.True(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Equal(isTold, host["removed"].Contains("--keep-tpm", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("running")]
    [InlineData("paused")]
    [InlineData("crashed")]
    public async Task A_guest_that_is_not_off_is_left_alone(string state)
    {
        Given(state);

        Assert.False(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Equal(Definition, host["xml"]);
        Assert.Empty(host["removed"] + host["other"]);
    }

    [Fact]
    public async Task A_guest_that_is_started_at_that_moment_runs_on_and_gets_its_definition_back()
    {
        Given("shut off");
        host["started"] = "yes";

        Assert.False(await domains.UndefineStoppedAsync(host, Guest, Token));

        Assert.Equal(Definition, host["xml"]);
        Assert.Equal("running\n", host["state"]);
        Assert.Empty(host["other"]);
    }

    [Fact]
    public async Task A_domain_that_is_not_ours_is_never_removed()
    {
        Given("shut off");
        host["xml"] = "<domain/>\n";

        await Assert.ThrowsAsync<DomainNotOwnedException>(() => domains.UndefineStoppedAsync(host, Guest, Token));
        Assert.Empty(host["removed"]);
    }

    public void Dispose() => host.Dispose();

    private void Given(string state)
    {
        host["state"] = state + "\n";
        host["xml"] = Definition;
    }
}
