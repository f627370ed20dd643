using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Tests.Libvirt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Migrations;

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
          *'qemu+ssh://root@192.168.122.200/system uri') echo "$*" >"$FOLDER/way"; [ ! -s "$FOLDER/trouble" ] || { cat "$FOLDER/trouble" >&2; exit 1; } ;;
          hostname) echo "${0%/bin/virsh}" ;;
          capabilities) echo "<capabilities><host><uuid>$(cat "$FOLDER/uuid")</uuid></host></capabilities>" ;;
          'list '*) printf '%s\n' " 0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a10 by hand  " ;;
          net-list*) [ ! -s "$FOLDER/hiccup" ] && echo 'default ' ;;
          'domcapabilities --virttype kvm --machine pc-q35-10.0 --arch x86_64') cat "$FOLDER/machine" >&2; [ ! -s "$FOLDER/machine" ] ;;
          domcapabilities*) cat "$FOLDER/capabilities" ;;
          hypervisor-cpu-compare*) grep -q Good || { cat "$FOLDER/comparison" >&2; exit 1; } ;;
          domstate*) [ -s "$FOLDER/xml" ] && cat "$FOLDER/state" || { echo 'error: failed to get domain' >&2; exit 1; } ;;
          define*) cat >"$FOLDER/xml"; echo 'shut off' >"$FOLDER/state" ;;
          undefine*) : >"$FOLDER/xml" ;;
          domjobabort*) cat "$FOLDER/abort" >&2; [ ! -s "$FOLDER/abort" ] ;;
        esac
        """;

    private static readonly DomainIdentity Guest = new("shop", "web");
    private static readonly string Definition = $"<domain><metadata xmlns:kvmop='{OwnerMarker.XmlNamespace}'/></domain>\n";

    private readonly ScriptedHost source = new(("virsh", Virsh), ("ssh", "cat \"$FOLDER/greeting\"; cat \"$FOLDER/errors\" >&2; exit \"$(cat \"$FOLDER/entered\")\""), ("bash", "echo 'Connection refused'; exit 1"));
    private readonly ScriptedHost target = new(("virsh", Virsh));
    private readonly VirshMigrations migrations = new(
        new SystemdJobs(), new VirshDomains(), new KeptGuests(), new CpuBaseline(), new HostLibvirts(new GivenConnection((LibvirtConnection?)null), NullLogger<HostLibvirts>.Instance));

    public MigrationFactsTests()
    {
        (source["greeting"], source["errors"], source["entered"], source["trouble"]) = (string.Empty, string.Empty, "0", string.Empty);
        (source["uuid"], target["uuid"]) = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222");
        target["comparison"] = "error: the CPU is incompatible with host CPU: no svm\n";
    }

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
        Assert.Null(facts.ShellTalk);

        // libvirt's own way, and not a command over SSH that is something else.
        Assert.Equal("-c qemu+ssh://root@192.168.122.200/system uri\n", source["way"]);
    }

    [Fact]
    public async Task A_shell_that_greets_is_told_with_its_words()
    {
        source["two"] = Two();
        (source["trouble"], source["greeting"]) = ("error: packet 1466264675 bytes received from server too large, want 33554432\n", "Welcome to node2\nBehave\n");

        var facts = await FactsAsync();

        Assert.Equal((false, "Welcome to node2", false), (facts.SourceReachesTarget, facts.ShellTalk, facts.CommandIsLate));
    }

    [Theory]
    [InlineData("error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused", "0", "", true, "")]
    [InlineData("error: Cannot recv data: kex_exchange_identification", "255", "kex_exchange_identification: read: Connection reset by peer", true, "")]
    [InlineData("error: Cannot recv data: Permission denied", "255", "root@192.168.122.200: Permission denied (publickey).", false, "Permission denied")]
    [InlineData("error: Cannot recv data: timed out", "255", "ssh: connect to host 192.168.122.200 port 22: Connection timed out", false, "Connection timed out")]
    [InlineData("error: End of file while reading data: sh: 1: virt-ssh-helper: not found", "0", "", false, "virt-ssh-helper")]
    public async Task What_may_be_otherwise_in_a_moment_is_not_taken_for_a_no(string libvirt, string status, string ssh, bool isLate, string reason)
    {
        source["two"] = Two();
        (source["trouble"], source["entered"], source["errors"]) = (libvirt, status, ssh);

        var facts = await FactsAsync();

        Assert.Equal((false, isLate), (facts.SourceReachesTarget, facts.CommandIsLate));
        Assert.Contains(reason, facts.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hosts_with_one_UUID_take_each_other_for_themselves()
    {
        source["two"] = Two();
        Assert.Null((await FactsAsync()).SameIdentity);

        target["uuid"] = source["uuid"].ToUpperInvariant();
        Assert.Equal($"the UUID {source["uuid"]}", (await FactsAsync()).SameIdentity);

        // Its definition goes through the operator, and neither libvirt knows of the other.
        source["two"] = Two(active: false);
        Assert.Null((await FactsAsync(isActive: false)).SameIdentity);
    }

    [Fact]
    public async Task A_libvirt_that_does_not_list_its_networks_lacks_none_of_them()
    {
        source["two"] = Two(live: "<devices><interface type='network'><source network='default'/></interface></devices>");
        target["hiccup"] = "yes";

        Assert.Equal("node1", (await Assert.ThrowsAsync<CommandFailedException>(() => FactsAsync())).HostName);
    }

    [Fact]
    public async Task A_processor_that_could_not_be_compared_is_not_refused()
    {
        source["two"] = Two(live: "<cpu mode='custom'/>", defined: "<cpu mode='custom'><model>Bad</model></cpu>");
        target["comparison"] = "error: failed to connect to the hypervisor\n";

        await Assert.ThrowsAsync<CommandFailedException>(() => FactsAsync());
    }

    [Fact]
    public async Task A_feature_without_a_name_on_the_target_is_a_refusal()
    {
        source["two"] = Two(live: "<cpu mode='custom'/>", defined: "<cpu mode='custom'><model>Bad</model><feature policy='require' name='null-sel-clr-base'/></cpu>");
        target["comparison"] = "error: Failed to compare hypervisor CPU with /dev/stdin\nerror: internal error: Unknown CPU feature null-sel-clr-base\n";

        Assert.Contains("null-sel-clr-base", (await FactsAsync()).CpuIncompatibility, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("error: failed to get emulator capabilities\nerror: invalid argument: the machine 'pc-q35-10.0' is not supported by emulator '/usr/bin/qemu-system-x86_64'\n", "is not supported by emulator")]
    [InlineData("error: failed to get emulator capabilities\nerror: Cannot check QEMU binary /usr/bin/qemu-system-x86_64: No such file or directory\n", "Cannot check QEMU binary")]
    public async Task A_machine_that_the_target_does_not_know_is_told(string said, string? refusal)
    {
        source["two"] = Two(live: "<os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>");
        target["machine"] = said;

        var facts = await FactsAsync();

        Assert.Equal("pc-q35-10.0", facts.MachineType);
        Assert.Equal(refusal is null, facts.MachineRefusal is null);
        Assert.Contains(refusal ?? string.Empty, facts.MachineRefusal ?? string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Firmware_that_the_target_has_under_no_such_name_is_told()
    {
        source["two"] = Two(live: "<os><loader readonly='yes' type='pflash'>/usr/share/not-there/OVMF_CODE_4M.fd</loader></os>");
        Assert.Equal("/usr/share/not-there/OVMF_CODE_4M.fd", (await FactsAsync()).MissingFirmware);

        var file = Path.GetTempFileName();
        try
        {
            source["two"] = Two(live: $"<os><loader readonly='yes' type='pflash'>{file}</loader></os>");
            Assert.Null((await FactsAsync()).MissingFirmware);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_machine_that_could_not_be_asked_for_is_not_refused()
    {
        source["two"] = Two(live: "<os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>");
        target["machine"] = "error: failed to connect to the hypervisor\n";

        await Assert.ThrowsAsync<CommandFailedException>(() => FactsAsync());
    }

    [Theory]
    [InlineData("echo \"stat: cannot statx '$5': No such file or directory\" >&2; exit 1", true, false)]
    [InlineData("exit 124", false, true)]
    [InlineData("echo \"stat: cannot statx '$5': Stale file handle\" >&2; exit 1", false, true)]
    [InlineData("echo regular file", false, false)]
    [InlineData("echo directory", true, false)]
    public async Task A_store_that_does_not_answer_hides_a_disk_and_has_lost_none(string answer, bool isMissing, bool isUnknown)
    {
        source["two"] = Two(live: "<devices><disk type='file'><source file='/images/xx.qcow2'/><target dev='vda'/></disk></devices>");
        target.Add("stat", answer);

        var facts = await FactsAsync();

        Assert.Equal((isMissing, isUnknown), (facts.MissingDisks is ["/images/xx.qcow2"], facts.UnknownDisks is ["/images/xx.qcow2"]));
    }

    [Fact]
    public async Task The_network_device_of_the_host_that_a_card_is_on_has_to_be_there()
    {
        source["two"] = Two(live: "<devices><interface type='direct'><source dev='eth-none'/></interface><interface type='direct'><source dev='lo'/></interface></devices>");

        Assert.Equal(["eth-none"], (await FactsAsync()).MissingNetworks);
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
    public async Task Snapshots_and_checkpoints_are_told_whether_the_guest_runs_or_not()
    {
        source["two"] = Two(active: false);
        Assert.Equal(["snapshot before upgrade", "checkpoint monday"], (await FactsAsync(isActive: false)).History);

        source["two"] = Two();
        Assert.Equal(["snapshot before upgrade", "checkpoint monday"], (await FactsAsync()).History);
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
