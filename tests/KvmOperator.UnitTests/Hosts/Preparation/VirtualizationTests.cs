using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The scripts in a real shell, with tools that remember what was done to them and answer as recorded.</summary>
public sealed class VirtualizationTests : IDisposable
{
    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]) { NeedsDefaultNetwork = true };
    private static readonly HostPlan BridgesOnly = Plan with { NeedsDefaultNetwork = false };

    private readonly StubbedMachine machine = new();
    private readonly Virtualization step = new(new PackageManager(new SystemdJobs(), new FakeTimeProvider()), new StepJobs(new InlineJobs()));

    public VirtualizationTests()
    {
        machine.Stub("apt-get", "exit 0");
        machine.Stub("dpkg-query", "shift 3; printf '%s installed\\n' \"$@\"");
        machine.Write("/proc/cpuinfo", "flags : fpu svm\n");
        machine.Write("/dev/kvm", string.Empty);
        machine.Stub("virt-host-validate", "[ -e \"$machine/dev/kvm\" ] || echo '  QEMU: Checking if device /dev/kvm exists : FAIL (Check that the kernel module is loaded)'");
        machine.Stub("modprobe", "[ \"$*\" = kvm-amd ] && : > \"$machine/dev/kvm\"");
        machine.Stub("ip", "case \"$*\" in *addr*) echo '2: eth0    inet 192.168.122.100/24 brd 192.168.122.255 scope global eth0' ;; esac");
        // Units that are enabled are files; those of a kind that can be had are too.
        machine.Stub(
            "systemctl",
            """
            case $1 in
              cat) [ -e "$machine/units/$2" ] ;;
              is-enabled) [ -e "$machine/enabled/$3" ] ;;
              is-active) [ -e "$machine/enabled/$3" ] ;;
              enable) shift 3; for unit; do : > "$machine/enabled/$unit"; done ;;
            esac
            """);
        machine.Stub(
            "virsh",
            """
            [ "$1" != -r ] || shift
            state() { cat "$machine/network/$1" 2>/dev/null || echo no; }
            case $1 in
              net-list)
                case "$*" in
                  *--name*) [ ! -e "$machine/network/xml" ] || echo 'default '; [ ! -e "$machine/network/other" ] || echo 'isolated '; echo ;;
                  *)
                    printf ' Name      State      Autostart   Persistent\n-----\n'
                    active=inactive; [ "$(state active)" != yes ] || active=active
                    [ ! -e "$machine/network/xml" ] || printf ' default   %s     %s         yes\n\n' "$active" "$(state autostart)"
                    ;;
                esac
                ;;
              pool-destroy) echo 'error: already gone' >&2; exit 1 ;;
              pool-undefine) rm "$machine/etc/libvirt/storage/$3.xml" "$machine/etc/libvirt/storage/autostart/$3.xml" ;;
              net-info) [ -e "$machine/network/xml" ] || exit 1; printf 'Name:           default\nActive:         %s\nPersistent:     yes\nAutostart:      %s\nBridge:         virbr0\n' "$(state active)" "$(state autostart)" ;;
              net-dumpxml) case "$*" in *isolated*) cat "$machine/network/other" ;; *) cat "$machine/network/xml" ;; esac ;;
              net-define) cat > "$machine/network/new"; mv "$machine/network/new" "$machine/network/xml" ;;
              net-autostart) echo yes > "$machine/network/autostart" ;;
              net-start) echo yes > "$machine/network/active" ;;
            esac
            """);
        machine.Write("/units/libvirtd.service", string.Empty);
        machine.Write("/enabled/libvirtd.service", string.Empty);
        machine.Write("/enabled/libvirtd.socket", string.Empty);
        machine.Write("/network/xml", "<network><name>default</name><ip address='192.168.122.1' netmask='255.255.255.0'/></network>\n");
        machine.Write("/network/active", "yes\n");
        machine.Write("/network/autostart", "yes\n");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task Qemu_may_take_memory_after_a_switch_to_post_copy_also_after_a_restart_and_no_longer_when_the_host_leaves()
    {
        machine.Write("/proc/sys/vm/unprivileged_userfaultfd", "0\n");
        Assert.Contains("post-copy", (await step.CheckAsync(machine, Plan, Cancelled)).Message, StringComparison.Ordinal);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.Equal("1\n", machine.Read("/proc/sys/vm/unprivileged_userfaultfd"));
        Assert.EndsWith("\nvm.unprivileged_userfaultfd = 1\n", machine.Read("/etc/sysctl.d/60-kvm-operator.conf"), StringComparison.Ordinal);

        await step.RemoveAsync(machine, Cancelled);
        Assert.Equal("0\n", machine.Read("/proc/sys/vm/unprivileged_userfaultfd"));
        Assert.False(File.Exists(machine.Path("/etc/sysctl.d/60-kvm-operator.conf")));
    }

    [Theory]
    [InlineData(false, "# a person's line\nSHUTDOWN_TIMEOUT=60\n")]
    [InlineData(true, "ON_SHUTDOWN=suspend\n")]
    [InlineData(true, "ON_BOOT=start\n")]
    public async Task Libvirts_own_service_does_not_start_guests_with_the_machine_and_does_not_save_them(bool isDebian, string settings)
    {
        var file = isDebian ? "/etc/default/libvirt-guests" : "/etc/sysconfig/libvirt-guests";
        if (isDebian)
        {
            machine.Write("/etc/debian_version", "12\n");
        }

        machine.Write(file, settings);
        machine.Write("/enabled/libvirt-guests.service", string.Empty);
        Assert.Contains("libvirt-guests", (await step.CheckAsync(machine, Plan, Cancelled)).Message, StringComparison.Ordinal);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.Contains("\nON_BOOT=ignore\nON_SHUTDOWN=shutdown\n", machine.Read(file), StringComparison.Ordinal);
        Assert.StartsWith(settings, machine.Read(file), StringComparison.Ordinal);

        await step.RemoveAsync(machine, Cancelled);
        Assert.Equal(settings, machine.Read(file));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_machine_where_it_does_no_harm_is_left_as_it_is(bool isDebian, bool isEnabled)
    {
        const string settings = "#ON_BOOT=ignore\n";
        var file = isDebian ? "/etc/default/libvirt-guests" : "/etc/sysconfig/libvirt-guests";
        machine.Write(isDebian ? "/etc/debian_version" : "/etc/redhat-release", "12\n");
        machine.Write(isEnabled ? "/enabled/libvirt-guests.service" : "/units/libvirt-guests.service", string.Empty);
        machine.Write(file, settings);

        Assert.True((await step.CheckAsync(machine, Plan, Cancelled)).IsReady);
        await step.ApplyAsync(machine, Plan, Cancelled);
        await step.RemoveAsync(machine, Cancelled);

        Assert.Equal(settings, machine.Read(file));
    }

    [Fact]
    public async Task A_machine_that_lets_everybody_use_userfaultfd_is_left_as_it_is()
    {
        machine.Write("/proc/sys/vm/unprivileged_userfaultfd", "1\n");

        await step.ApplyAsync(machine, Plan, Cancelled);
        await step.RemoveAsync(machine, Cancelled);

        Assert.Equal("1\n", machine.Read("/proc/sys/vm/unprivileged_userfaultfd"));
        Assert.False(File.Exists(machine.Path("/etc/sysctl.d/60-kvm-operator.conf")));
    }


    [Fact]
    public async Task A_prepared_machine_is_ready() => Assert.Equal(new StepState(StepStatus.Ready, "KVM and libvirt work"), await step.CheckAsync(machine, Plan, Cancelled));

    [Fact]
    public async Task The_machine_is_validated_once_a_boot_and_asked_for_its_networks_once_a_check()
    {
        await step.CheckAsync(machine, Plan, Cancelled);
        await step.CheckAsync(machine, Plan, Cancelled);

        Assert.Single(machine.Calls, call => call.StartsWith("virt-host-validate", StringComparison.Ordinal));
        Assert.Equal(2, machine.Calls.Count(call => call.StartsWith("virsh", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_machine_that_the_validation_refuses_is_validated_again()
    {
        machine.Stub("virt-host-validate", "echo '  QEMU: Checking for hardware virtualization : FAIL (Only emulated CPUs are available)'");
        Assert.Equal(StepStatus.Blocked, (await step.CheckAsync(machine, Plan, Cancelled)).Status);

        machine.Stub("virt-host-validate", "exit 0");
        Assert.True((await step.CheckAsync(machine, Plan, Cancelled)).IsReady);
    }

    [Fact]
    public async Task Pools_that_virt_install_left_of_guests_are_removed_and_nobody_elses()
    {
        var plan = Plan with { Stores = [new StoreMount("server", "/export", "/images")], KeptMountPaths = ["/kept"] };
        Pool("default_xx", "/images/default_xx");
        Pool("default_xx-1", "/images/default_xx");
        Pool("team_web", "/kept/team_web");
        Pool("used_disk", "/images/used_disk");
        machine.Write("/etc/libvirt/qemu/byhand.xml", "<disk type='volume'><source pool='used_disk' volume='a'/></disk>\n");
        Pool("images", "/images");
        Pool("other_name", "/images/default_xx");
        Pool("default_yy", "/elsewhere/default_yy");
        Pool("deep_down", "/images/more/deep_down");
        Pool("not_started", "/images/not_started", autostart: false);
        Pool("a_logical", "/images/a_logical", type: "logical");
        Pool("plain", "/images/plain");

        Assert.Equal("storage pools are left that virt-install made for guests: default_xx-1 default_xx team_web", (await step.CheckAsync(machine, plan, Cancelled)).Message.TrimEnd());
        Assert.True((await step.ApplyAsync(machine, plan, Cancelled)).IsReady);

        Assert.Equal(
            ["a_logical", "deep_down", "default_yy", "images", "not_started", "other_name", "plain", "used_disk"],
            Directory.GetFiles(machine.Path("/etc/libvirt/storage")).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_missing_device_is_drift_and_its_module_is_loaded()
    {
        File.Delete(machine.Path("/dev/kvm"));
        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, Plan, Cancelled)).Status);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
    }

    [Fact]
    public async Task A_default_network_that_runs_but_does_not_start_with_the_machine_is_mended_without_a_stop()
    {
        machine.Write("/network/autostart", "no\n");
        Assert.Equal(new StepState(StepStatus.Drifted, "the default network does not start with the machine"), await step.CheckAsync(machine, Plan, Cancelled));

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("virsh net-start", StringComparison.Ordinal) || call.StartsWith("virsh net-define", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_inactive_default_network_moves_to_a_free_range()
    {
        machine.Write("/network/active", "no\n");

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Equal("<network><name>default</name><ip address='192.168.123.1' netmask='255.255.255.0'/></network>\n", machine.Read("/network/xml"));
    }

    [Fact]
    public async Task An_inactive_default_network_on_a_free_range_stays_there()
    {
        const string Xml = "<network><name>default</name><ip address='10.77.5.1' netmask='255.255.255.0'/></network>\n";
        machine.Write("/network/active", "no\n");
        machine.Write("/network/xml", Xml);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Equal(Xml, machine.Read("/network/xml"));
        Assert.Equal("yes\n", machine.Read("/network/active"));
    }

    [Fact]
    public async Task The_ranges_of_libvirts_other_networks_are_not_free_whether_they_run_or_not()
    {
        machine.Write("/network/active", "no\n");
        machine.Write("/network/other", "<network>\n  <ip family='ipv4' address='192.168.123.1' prefix='24'>\n  </ip>\n</network>\n");
        machine.Stub("ip", "case \"$*\" in *addr*) printf '%s\\n' '2: eth0    inet 192.168.122.100/24 brd 192.168.122.255 scope global eth0' '5: virbr7    inet 192.168.124.1/24 scope global virbr7' ;; *) echo '192.168.125.0/24 dev virbr8 scope link' ;; esac");

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Contains("'192.168.126.1'", machine.Read("/network/xml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_default_network_is_defined_on_a_free_range()
    {
        Directory.Delete(machine.Path("/network"), recursive: true);
        Directory.CreateDirectory(machine.Path("/network"));
        Assert.Equal(new StepState(StepStatus.Drifted, "libvirt has no default network"), await step.CheckAsync(machine, Plan, Cancelled));

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        var network = System.Xml.Linq.XElement.Parse(machine.Read("/network/xml"));
        Assert.Equal("default", network.Element("name")!.Value);
        Assert.Equal("192.168.123.1", network.Element("ip")!.Attribute("address")!.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_default_network_that_no_guest_names_is_left_as_it_is_also_away(bool isDefined)
    {
        machine.Write("/network/active", "no\n");
        machine.Write("/network/autostart", "no\n");
        if (!isDefined)
        {
            File.Delete(machine.Path("/network/xml"));
        }

        Assert.Equal(new StepState(StepStatus.Ready, "KVM and libvirt work"), await step.CheckAsync(machine, BridgesOnly, Cancelled));
        File.Delete(machine.Path("/enabled/libvirtd.socket"));
        Assert.True((await step.ApplyAsync(machine, BridgesOnly, Cancelled)).IsReady);

        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("virsh net-", StringComparison.Ordinal));
        Assert.Equal("no\n", machine.Read("/network/active"));
    }

    [Fact]
    public async Task A_default_network_that_cannot_start_is_told_with_dnsmasqs_words_and_keeps_the_host_from_nothing()
    {
        machine.Write("/network/active", "no\n");
        var works = File.ReadAllText(machine.Path("/network/xml"));
        machine.Stub("ss", "echo 'UNCONN 0      0            0.0.0.0:67        0.0.0.0:*    users:((\"dnsmasq\",pid=412,fd=4))'");
        machine.Stub(
            "virsh",
            """
            [ "$1" != -r ] || shift
            case $1 in
              net-list) case "$*" in *--name*) echo 'default ' ;; *) printf ' Name      State      Autostart   Persistent\n-----\n default   inactive     yes         yes\n\n' ;; esac ;;
              net-info) printf 'Name:           default\nActive:         no\nBridge:         virbr0\n' ;;
              net-dumpxml) cat "$machine/network/xml" ;;
              net-start) printf 'error: Failed to start network default\nerror: internal error: Child process (/usr/sbin/dnsmasq) unexpected exit status 2: \ndnsmasq: failed to bind DHCP server socket: Address already in use\n' >&2; exit 1 ;;
            esac
            """);

        var report = (await new HostPreparation([step], TimeProvider.System).RunAsync(machine, Plan, new HashSet<PreparationStep> { PreparationStep.Virtualization }, _ => Task.CompletedTask, Cancelled)).Single();

        Assert.True(report.State.IsReady, report.State.Message);
        Assert.Null(report.Mended);
        Assert.Contains("dnsmasq: failed to bind DHCP server socket: Address already in use", report.State.Message, StringComparison.Ordinal);
        Assert.Contains("UDP port 67, which it needs for DHCP, is held by (\"dnsmasq\",pid=412,fd=4)", report.State.Message, StringComparison.Ordinal);
        Assert.Equal(works, machine.Read("/network/xml"));
    }

    [Fact]
    public async Task A_libvirt_that_does_not_answer_is_not_taken_for_one_without_networks()
    {
        machine.Stub("virsh", "exit 1");

        Assert.Equal(new StepState(StepStatus.Drifted, "libvirt does not answer"), await step.CheckAsync(machine, Plan, Cancelled));
    }

    [Fact]
    public async Task Daemons_of_the_newer_kind_stay_where_they_start_with_the_machine()
    {
        File.Delete(machine.Path("/enabled/libvirtd.service"));
        File.Delete(machine.Path("/enabled/libvirtd.socket"));
        machine.Write("/enabled/virtqemud.socket", string.Empty);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.True(File.Exists(machine.Path("/enabled/virtnetworkd-ro.socket")));
        Assert.False(File.Exists(machine.Path("/enabled/libvirtd.socket")));
    }

    [Fact]
    public async Task A_machine_with_both_kinds_of_which_none_is_switched_on_gets_libvirtd()
    {
        File.Delete(machine.Path("/enabled/libvirtd.service"));

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.False(File.Exists(machine.Path("/enabled/virtqemud.socket")));
    }

    /// <summary>As libvirt writes one down.</summary>
    private void Pool(string name, string path, bool autostart = true, string type = "dir")
    {
        machine.Write(
            $"/etc/libvirt/storage/{name}.xml",
            $"<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n  virsh pool-edit {name}\n-->\n\n<pool type='{type}'>\n  <name>{name}</name>\n  <uuid>49cd0c22-867f-472d-bcbd-bc5516e01de6</uuid>\n  <capacity unit='bytes'>0</capacity>\n  <source>\n  </source>\n  <target>\n    <path>{path}</path>\n  </target>\n</pool>\n");
        if (autostart)
        {
            machine.Write($"/etc/libvirt/storage/autostart/{name}.xml", string.Empty);
        }
    }
}
