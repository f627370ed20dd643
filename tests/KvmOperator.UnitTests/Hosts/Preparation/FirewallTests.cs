using KvmOperator.Hosts.Preparation;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The script in a real shell. The firewalls' tools keep their rules in files and print them as recorded from firewalld 1.3 and ufw 0.36.</summary>
public sealed class FirewallTests : IDisposable
{
    private const string Foreign = "rule family=\"ipv4\" source address=\"10.9.9.9\" service name=\"ssh\" accept\n";

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
            ["ufw delete allow proto tcp from fd00::3 to any port 49152:49215", "ufw delete allow proto tcp from fd00::3 to any port 22"],
            machine.Calls.Where(call => call.StartsWith("ufw delete", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Disabled_switches_every_firewall_off_as_recorded()
    {
        machine.Write("/firewalld", string.Empty);
        machine.Stub("systemctl", "case \"$*\" in disable*) rm -f \"$machine/firewalld\" ;; *) [ -e \"$machine/firewalld\" ] ;; esac");
        Ufw();
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
        $"rule family=\"{family}\" source address=\"{address}\" port port=\"49152-49215\" protocol=\"tcp\" accept\nrule family=\"{family}\" source address=\"{address}\" service name=\"ssh\" accept\n";

    private void Firewalld()
    {
        machine.Write("/stored", Foreign);
        machine.Write("/running", Foreign);
        machine.Stub("systemctl", "exit 0");
        machine.Stub(
            "firewall-cmd",
            """
            rules=$machine/running
            for option; do
              case $option in
                --permanent) rules=$machine/stored ;;
                --list-rich-rules) cat "$rules"; exit 0 ;;
                --add-rich-rule=*) grep -qxF -- "${option#*=}" "$rules" || echo "${option#*=}" >> "$rules" ;;
                --remove-rich-rule=*) grep -vxF -- "${option#*=}" "$rules" > "$rules.new"; mv "$rules.new" "$rules" ;;
              esac
            done
            """);
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
