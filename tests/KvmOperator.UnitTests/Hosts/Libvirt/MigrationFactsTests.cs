using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt;

/// <summary>What is read on both hosts before a move, and the move of a guest that is off. With made-up programs on made-up hosts.</summary>
public sealed class MigrationFactsTests : IDisposable
{
    private const string Virsh =
        """
        [ "$1" != -r ] || shift
        case "$*" in
          'dumpxml '*';'*) cat "$FOLDER/two" ;;
          'dumpxml --migratable'*) echo "<domain><cpu mode='custom'><model>Migratable</model></cpu></domain>" ;;
          'dumpxml --inactive --security-info'*) cat "$FOLDER/xml" "$FOLDER/secrets" 2>/dev/null || true ;;
          dumpxml*) cat "$FOLDER/xml" ;;
          snapshot-list*) printf '%s\n\n' 'before upgrade' ;;
          checkpoint-list*) printf '%s\n' monday '' ;;
          'list '*) printf '%s\n' " 0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a10 by hand  " ;;
          net-list*) echo 'default ' ;;
          domcapabilities*) cat "$FOLDER/capabilities" ;;
          hypervisor-cpu-compare*) grep -q Good || { echo 'error: no svm' >&2; exit 1; } ;;
          domstate*) [ -s "$FOLDER/xml" ] && cat "$FOLDER/state" || { echo 'error: failed to get domain' >&2; exit 1; } ;;
          define*) cat >"$FOLDER/xml"; echo 'shut off' >"$FOLDER/state" ;;
          undefine*) : >"$FOLDER/xml" ;;
          domjobabort*) cat "$FOLDER/abort" >&2; [ ! -s "$FOLDER/abort" ] ;;
        esac
        """;

    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly string Definition = $"<domain><metadata xmlns:kvmop='{OwnerMarker.XmlNamespace}'/></domain>\n";

    private readonly ScriptedHost source = new(("virsh", Virsh), ("ssh", "exit 0"), ("bash", "echo 'Connection refused'; exit 1"));
    private readonly ScriptedHost target = new(("virsh", Virsh));
    private readonly VirshMigrations migrations = new(
        new SystemdJobs(), new VirshDomains(), new KeptGuests(), new CpuBaseline(), new HostLibvirts(new GivenConnection((LibvirtConnection?)null), NullLogger<HostLibvirts>.Instance));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shop_web", false)]
    [InlineData("by hand", true)]
    [InlineData("hand", false)]
    public async Task The_name_that_must_be_free_is_the_domains_own(string name, bool taken)
    {
        source["two"] = Two(name: name);

        Assert.Equal(taken, (await FactsAsync()).NameTaken);
    }

    [Fact]
    public async Task A_closed_port_is_reachable_and_a_running_guest_needs_the_way()
    {
        source["two"] = Two();

        var facts = await FactsAsync();

        Assert.Equal((true, true, false), (facts.SourceReachesTarget, facts.SourceReachesPorts, facts.CommandIsLate));
    }

    [Fact]
    public async Task Nobody_asks_for_the_way_of_a_guest_that_is_off()
    {
        source["two"] = Two(active: false);

        var facts = await FactsAsync(isActive: false);

        Assert.True(facts.SourceReachesTarget && facts.SourceReachesPorts);
        Assert.DoesNotContain(source.Commands, command => command.Arguments.Any(argument => argument.Contains("ssh -o", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("custom", "<cpu mode='custom'><model>Good</model></cpu>", null)]
    [InlineData("custom", "<cpu mode='custom'><model>Bad</model></cpu>", "no svm")]
    [InlineData("custom", "<cpu mode='host-model'/>", "no svm")]
    public async Task The_processor_is_compared_on_the_target(string live, string defined, string? expected)
    {
        source["two"] = Two(live: $"<cpu mode='{live}'/>", defined: defined);

        var facts = await FactsAsync();

        Assert.Equal(expected is null, facts.CpuIncompatibility is null);
        Assert.Contains(expected ?? string.Empty, facts.CpuIncompatibility ?? string.Empty, StringComparison.Ordinal);
        Assert.False(facts.HostProcessorsDiffer);
    }

    [Theory]
    [InlineData("EPYC", false)]
    [InlineData("Skylake", true)]
    public async Task A_guest_with_its_hosts_processor_wants_the_same_host(string model, bool differ)
    {
        source["two"] = Two(live: "<cpu mode='host-passthrough'/>", defined: "<cpu mode='host-passthrough'/>");
        source["capabilities"] = Capabilities("EPYC");
        target["capabilities"] = Capabilities(model);

        Assert.Equal(differ, (await FactsAsync()).HostProcessorsDiffer);
    }

    [Fact]
    public async Task UEFI_variables_that_are_on_no_store_are_told_of_a_guest_that_is_off()
    {
        var file = Path.GetTempFileName();
        try
        {
            source["two"] = Two(defined: $"<os><nvram>{file}</nvram></os>", active: false);
            Assert.Equal(file, (await FactsAsync(isActive: false)).LocalFirmwareVariables);

            source["two"] = Two(defined: $"<os><nvram>{file}.not-there</nvram></os>", active: false);
            Assert.Null((await FactsAsync(isActive: false)).LocalFirmwareVariables);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Snapshots_and_checkpoints_are_told_of_a_guest_that_is_off()
    {
        source["two"] = Two(active: false);
        Assert.Equal(["snapshot before upgrade", "checkpoint monday"], (await FactsAsync(isActive: false)).History);

        source["two"] = Two();
        Assert.Empty((await FactsAsync()).History);
    }

    [Fact]
    public async Task A_guest_that_is_off_moves_with_its_definition_and_the_passwords_in_it()
    {
        (source["xml"], source["secrets"], source["state"]) = (Definition, "<!-- passwd -->\n", "shut off\n");

        Assert.True(await migrations.MoveStoppedAsync(source, target, Guest, Token));

        Assert.Empty(source["xml"]);
        Assert.Equal(Definition + "<!-- passwd -->\n", target["xml"]);
    }

    [Fact]
    public async Task A_guest_that_runs_is_not_moved_as_if_it_were_off()
    {
        (source["xml"], source["state"]) = (Definition, "running\n");
        target["state"] = "shut off\n";

        Assert.False(await migrations.MoveStoppedAsync(source, target, Guest, Token));

        Assert.Equal(Definition, source["xml"]);
        Assert.Contains(target.Commands, command => command.Arguments.Any(argument => argument.Contains("virsh undefine", StringComparison.Ordinal)));
        Assert.DoesNotContain(target.Commands.Concat(source.Commands), command => command.Arguments.Any(argument => argument.Contains("virsh destroy", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("error: Requested operation is not valid: no job is active on the domain", true)]
    [InlineData("error: Requested operation is not valid: cannot abort migration in post-copy mode", false)]
    public async Task A_move_in_post_copy_goes_on(string answer, bool givenUp)
    {
        source["abort"] = answer;

        Assert.Equal(givenUp, await migrations.AbortAsync(source, Guest, Token));
    }

    [Fact]
    public async Task A_move_that_cannot_be_given_up_for_any_other_reason_is_told()
    {
        source["abort"] = "error: cannot acquire state change lock";

        await Assert.ThrowsAsync<CommandFailedException>(() => migrations.AbortAsync(source, Guest, Token));
    }

    public void Dispose()
    {
        source.Dispose();
        target.Dispose();
    }

    private static string Capabilities(string model) => $"<domainCapabilities><cpu><mode name='host-model' supported='yes'><model>{model}</model></mode></cpu></domainCapabilities>";

    private static string Two(string live = "", string defined = "", bool active = true, string name = "shop_web") =>
        $"<domain{(active ? " id='3'" : string.Empty)}><name>{name}</name>{live}</domain>\n\n<domain><name>{name}</name>{defined}</domain>\n\nManaged save:   no\n";

    private Task<MigrationTargetFacts> FactsAsync(bool isActive = true) => migrations.ReadFactsAsync(source, target, Guest, isActive, "192.168.122.200", Token);
}
