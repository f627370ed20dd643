using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The script in a real shell. The firewalls' tools keep their rules in files and print them as recorded from firewalld 1.3 and ufw 0.36.</summary>
public sealed class FirewallTests : IDisposable
{
    private const string Foreign =
        """
        public rule family="ipv4" source address="10.9.9.9" service name="ssh" accept
        public rule family="ipv4" source address="10.9.9.9" port port="49152-49215" protocol="tcp" accept

        """;

    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]) { Peers = [Peer("node2", "192.168.122.200"), Peer("node3", "fd00::3")] };

    private readonly StubbedMachine machine = new();
    private readonly Firewall step = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task Firewalld_lets_peers_in_and_those_that_left_no_longer_as_recorded()
    {
        Firewalld();
        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, Plan, Cancelled)).Status);
        Assert.Equal(Foreign, machine.Read("/stored"));

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.Equal(Foreign + Rules("ipv4", "192.168.122.200") + Rules("ipv6", "fd00::3"), machine.Read("/stored"));
        Assert.Equal(machine.Read("/stored"), machine.Read("/running"));

        Assert.True((await step.ApplyAsync(machine, Plan with { Peers = [Plan.Peers[1]] }, Cancelled)).IsReady);
        Assert.Equal(Foreign + Rules("ipv6", "fd00::3"), machine.Read("/running"));

        await step.RemoveAsync(machine, Cancelled);
        Assert.Equal(Foreign, machine.Read("/stored"));
    }

    [Fact]
    public async Task A_persons_rule_for_a_peer_lets_it_in_and_stays_when_the_peer_or_the_host_leaves()
    {
        Firewalld();
        var theirs = Foreign + Rules("ipv4", "192.168.122.200").Replace(" priority=\"14915\"", string.Empty, StringComparison.Ordinal);
        machine.Write("/stored", theirs);
        machine.Write("/running", theirs);

        Assert.True((await step.CheckAsync(machine, Plan with { Peers = [Plan.Peers[0]] }, Cancelled)).IsReady);
        Assert.True((await step.ApplyAsync(machine, Plan with { Peers = [Plan.Peers[1]] }, Cancelled)).IsReady);
        await step.RemoveAsync(machine, Cancelled);

        Assert.Equal(theirs, machine.Read("/stored"));
        Assert.Equal(theirs, machine.Read("/running"));
    }

    [Fact]
    public async Task A_network_card_in_another_zone_is_opened_too_and_those_of_guests_are_not()
    {
        Firewalld("public", "storage");
        var state = await step.CheckAsync(machine, Plan, Cancelled);
        Assert.Contains("keeps a peer out of zone storage", state.Message, StringComparison.Ordinal);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Contains("storage rule priority", machine.Read("/running"), StringComparison.Ordinal);
        Assert.Contains("storage rule priority", machine.Read("/stored"), StringComparison.Ordinal);
        Assert.DoesNotContain("libvirt rule", machine.Read("/running"), StringComparison.Ordinal);
        StubbedFirewalld.Install(machine, "public");
        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.DoesNotContain("storage rule", machine.Read("/stored"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stored_rule_of_ours_in_a_zone_that_is_not_in_use_any_more_is_noticed()
    {
        Firewalld("public", "storage");
        await step.ApplyAsync(machine, Plan, Cancelled);

        StubbedFirewalld.Install(machine, "public");

        Assert.Contains("lets in a host that left in zone storage", (await step.CheckAsync(machine, Plan, Cancelled)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_starts_no_firewall_cmd_and_without_D_Bus_it_finds_the_same()
    {
        Firewalld();
        var state = await step.CheckAsync(machine, Plan, Cancelled);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("firewall-cmd", StringComparison.Ordinal));

        StubbedFirewalld.WithoutBus(machine);
        Assert.Equal(state, await step.CheckAsync(machine, Plan, Cancelled));
        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.Contains(machine.Calls, call => call == "firewall-cmd --permanent --list-all-zones");
    }

    [Fact]
    public async Task A_firewalld_that_forgot_its_running_rules_gets_them_again_as_recorded()
    {
        Firewalld();
        await step.ApplyAsync(machine, Plan, Cancelled);
        machine.Write("/running", Foreign);

        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, Plan, Cancelled)).Status);
        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
    }

    [Fact]
    public async Task Ufw_lets_peers_in_and_those_that_left_no_longer_as_recorded()
    {
        machine.Stub("systemctl", "exit 3");
        Ufw();

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        Assert.Contains("ufw allow proto tcp from fd00::3 to any port 22 comment kvm-operator", machine.Calls);
        Assert.True((await step.ApplyAsync(machine, Plan with { Peers = [Plan.Peers[0]] }, Cancelled)).IsReady);
        Assert.Equal(
            ["ufw delete allow proto tcp from fd00::3 to any port 22", "ufw delete allow proto tcp from fd00::3 to any port 49152:49215"],
            machine.Calls.Where(call => call.StartsWith("ufw delete", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Half_of_what_a_peer_needs_in_ufw_is_noticed_and_a_persons_rule_is_not_taken_over()
    {
        machine.Stub("systemctl", "exit 3");
        Ufw();
        machine.Write("/rules", "22/tcp                     ALLOW       192.168.122.200\n49152:49215/tcp            ALLOW       fd00::3                    # kvm-operator\n");

        var state = await step.CheckAsync(machine, Plan, Cancelled);
        Assert.Equal("ufw keeps the peer 192.168.122.200 from port 49152:49215; ufw keeps the peer fd00::3 from port 22", state.Message);

        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
        await step.RemoveAsync(machine, Cancelled);
        Assert.Equal("22/tcp                     ALLOW       192.168.122.200\n", machine.Read("/rules"));
    }

    [Theory]
    [InlineData("nft", "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}")]
    [InlineData("iptables", "-P INPUT DROP\n-A INPUT -i lo -j ACCEPT")]
    [InlineData("iptables", "-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited")]
    public async Task Rules_that_no_firewall_service_manages_are_told_and_not_called_off(string tool, string rules)
    {
        NoFirewall();
        machine.Stub(tool, $"cat <<'END'\n{rules}\nEND");

        Assert.Equal(StepStatus.Blocked, (await step.ApplyAsync(machine, Plan, Cancelled)).Status);
        Assert.Equal(StepStatus.Blocked, (await step.ApplyAsync(machine, Plan with { Firewall = FirewallMode.Disabled }, Cancelled)).Status);
        Assert.True((await step.ApplyAsync(machine, Plan with { Firewall = FirewallMode.Unmanaged }, Cancelled)).IsReady);
    }

    [Fact]
    public async Task A_machine_without_a_firewall_is_open()
    {
        NoFirewall();
        Assert.Equal(new StepState(StepStatus.Ready, "no firewall is active"), await step.ApplyAsync(machine, Plan, Cancelled));
        Assert.Equal(new StepState(StepStatus.Ready, "the firewall is off"), await step.ApplyAsync(machine, Plan with { Firewall = FirewallMode.Disabled }, Cancelled));
    }

    [Fact]
    public async Task Disabled_switches_every_firewall_off_as_recorded()
    {
        machine.Write("/firewalld", string.Empty);
        machine.Stub("systemctl", "case \"$*\" in disable*) rm -f \"$machine/firewalld\" ;; *) [ -e \"$machine/firewalld\" ] ;; esac");
        Ufw();
        NoRules();
        var plan = Plan with { Firewall = FirewallMode.Disabled };
        Assert.Equal(new StepState(StepStatus.Drifted, "firewalld is switched on; ufw is switched on"), await step.CheckAsync(machine, plan, Cancelled));

        Assert.Equal(new StepState(StepStatus.Ready, "the firewall is off"), await step.ApplyAsync(machine, plan, Cancelled));
        Assert.Contains("systemctl disable --now --quiet firewalld", machine.Calls);
        Assert.Contains("ufw disable", machine.Calls);
    }

    [Fact]
    public async Task An_unmanaged_firewall_is_not_even_looked_at()
    {
        Firewalld();

        Assert.True((await step.ApplyAsync(machine, Plan with { Firewall = FirewallMode.Unmanaged }, Cancelled)).IsReady);
        Assert.Empty(machine.Calls);
    }

    private static PeerHost Peer(string name, string address) => new(name, [address], Identity: null);

    private static string Rules(string family, string address) =>
        $"""
        public rule priority="14915" family="{family}" source address="{address}" port port="49152-49215" protocol="tcp" accept
        public rule priority="14915" family="{family}" source address="{address}" service name="ssh" accept

        """;

    private void Firewalld(params string[] zones)
    {
        machine.Write("/stored", Foreign);
        machine.Write("/running", Foreign);
        StubbedFirewalld.Install(machine, zones.Length > 0 ? zones : ["public"]);
    }

    private void NoFirewall()
    {
        machine.Stub("systemctl", "exit 3");
        machine.Stub("ufw", "echo 'Status: inactive'");
        NoRules();
    }

    private void NoRules()
    {
        machine.Stub("nft", "exit 0");
        machine.Stub("iptables", "echo '-P INPUT ACCEPT'");
        machine.Stub("ip6tables", "echo '-P INPUT ACCEPT'");
    }

    private void Ufw() => machine.Stub(
        "ufw",
        """
        touch "$machine/rules"
        case "$*" in
          status) [ ! -e "$machine/off" ] && { printf 'Status: active\n\nTo                         Action      From\n--                         ------      ----\n'; cat "$machine/rules"; } ;;
          disable) : > "$machine/off" ;;
          'allow '*) printf '%-26s ALLOW       %-26s # kvm-operator\n' "$9/tcp" "$5" >> "$machine/rules" ;;
          'delete '*) grep -v "^${10}/tcp .* $6 " "$machine/rules" > "$machine/rules.new"; mv "$machine/rules.new" "$machine/rules" ;;
        esac
        """);
}
