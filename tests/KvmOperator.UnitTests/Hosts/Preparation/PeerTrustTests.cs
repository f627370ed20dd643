using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Steps;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The scripts in a real shell, with the recorded answers of OpenSSH 9.2's server.</summary>
public sealed class PeerTrustTests : IDisposable
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    private const string Settings = "port 22\npermitrootlogin without-password\npubkeyauthentication yes\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n";
    private const string Listening = "LISTEN 0      128          0.0.0.0:22        0.0.0.0:*\nLISTEN 0      128             [::]:22           [::]:*\n";

    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]) { Peers = [new PeerHost("node2", ["192.168.122.200"], new PeerIdentity(Key, [Key]))] };

    private static readonly PeerHost Known = new("node3", ["192.168.122.201"], new PeerIdentity(Key, [Key]));
    private static readonly PeerHost Stranger = Known with { Identity = null };

    private readonly StubbedMachine machine = new();
    private readonly PeerTrust step = new(new PeerIdentities());

    public PeerTrustTests()
    {
        machine.Write("/settings", Settings);
        machine.Write("/listening", Listening);
        machine.Write("/etc/ssh/ssh_host_ed25519_key.pub", Key + " root@node1\n");
        machine.Write("/root/.ssh/kvm-operator", "secret\n");
        machine.Write("/root/.ssh/kvm-operator.pub", Key + "\n");
        machine.Stub("sshd", "cat \"$machine/settings\"");
        machine.Stub("ss", "cat \"$machine/listening\"");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task Peers_are_let_in_by_their_key_from_their_address_and_leave_again()
    {
        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);

        Assert.Contains($"from=\"192.168.122.200\",restrict {Key} kvm-operator@node2\n", machine.Read("/root/.ssh/authorized_keys"), StringComparison.Ordinal);
        Assert.Contains("sshd -T -C user=root,host=192.168.122.200,addr=192.168.122.200", machine.Calls);
        Assert.True((await step.ApplyAsync(machine, Plan with { Peers = [] }, Cancelled)).IsReady);
        Assert.Empty(machine.Read("/root/.ssh/authorized_keys"));
    }

    [Fact]
    public async Task A_peer_that_was_never_reached_keeps_the_host_from_nothing_and_is_named_until_its_keys_are_known()
    {
        var plan = Plan with { Peers = [.. Plan.Peers, Stranger] };

        var state = await step.ApplyAsync(machine, plan, Cancelled);

        Assert.True(state.IsReady);
        Assert.Contains("the keys of node3 are not known yet", state.Message, StringComparison.Ordinal);
        Assert.Contains("kvm-operator@node2\n", machine.Read("/root/.ssh/authorized_keys"), StringComparison.Ordinal);
        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, Plan with { Peers = [.. Plan.Peers, Known] }, Cancelled)).Status);
    }

    [Fact]
    public async Task While_a_peers_keys_are_unknown_its_old_lines_stay_and_whoever_left_is_let_in_no_longer()
    {
        await step.ApplyAsync(machine, Plan with { Peers = [.. Plan.Peers, Known] }, Cancelled);
        var plan = Plan with { Peers = [Stranger] };
        Assert.Equal(StepStatus.Drifted, (await step.CheckAsync(machine, plan, Cancelled)).Status);

        Assert.True((await step.ApplyAsync(machine, plan, Cancelled)).IsReady);

        foreach (var file in new[] { "/root/.ssh/authorized_keys", "/root/.ssh/known_hosts" })
        {
            Assert.Contains("node3", machine.Read(file), StringComparison.Ordinal);
            Assert.DoesNotContain("node2", machine.Read(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pool_of_hundreds_of_hosts_does_not_exceed_what_one_argument_can_hold()
    {
        var many = Plan with { Peers = [.. Enumerable.Range(0, 400).Select(number => new PeerHost($"machine{number}", [$"10.0.{number / 250}.{number % 250}"], new PeerIdentity(Key, [Key, Key + "A", Key + "B"])))] };

        Assert.True((await step.ApplyAsync(machine, many, Cancelled)).IsReady);
        Assert.All(machine.Commands, command => Assert.True(command.Arguments.Sum(argument => argument.Length) < 16_384));
    }

    [Theory]
    [InlineData("permitrootlogin without-password", "permitrootlogin no", "PermitRootLogin")]
    [InlineData("permitrootlogin without-password", "permitrootlogin forced-commands-only", "PermitRootLogin")]
    [InlineData("pubkeyauthentication yes", "pubkeyauthentication no", "PubkeyAuthentication")]
    [InlineData("port 22", "port 22\nallowusers admin\nallowusers operator", "AllowUsers")]
    [InlineData("port 22", "port 22\nallowgroups sshlogin\nallowgroups wheel", "AllowGroups")]
    [InlineData("port 22", "port 22\ndenygroups ro*", "DenyGroups")]
    [InlineData("port 22", "port 22\nauthenticationmethods publickey,keyboard-interactive", "AuthenticationMethods")]
    [InlineData(".ssh/authorized_keys .ssh/authorized_keys2", "/etc/ssh/keys/%u", "AuthorizedKeysFile")]
    [InlineData("port 22", "port 22\nforcecommand /usr/bin/menu", "ForceCommand")]
    public async Task An_SSH_server_that_lets_roots_key_in_nowhere_is_told(string setting, string instead, string named)
    {
        machine.Write("/settings", Settings.Replace(setting, instead, StringComparison.Ordinal));

        var state = await step.ApplyAsync(machine, Plan, Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains(named, state.Message, StringComparison.Ordinal);
    }

    /// <summary>The refusal is the one that RHEL's ssh-keygen gives in FIPS mode; the rest is handwritten.</summary>
    [Fact]
    public async Task A_machine_that_makes_no_ed25519_keys_gets_another_kind()
    {
        const string Other = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=";
        File.Delete(machine.Path("/root/.ssh/kvm-operator"));
        File.Delete(machine.Path("/root/.ssh/kvm-operator.pub"));
        machine.Stub("ssh-keygen", $"case \"$*\" in *ed25519*) echo 'ED25519 keys are not allowed in FIPS mode' >&2; exit 1 ;; *) echo secret > \"$machine/root/.ssh/kvm-operator\"; echo '{Other} kvm-operator@node1' > \"$machine/root/.ssh/kvm-operator.pub\" ;; esac");

        Assert.Equal(Other, (await new PeerIdentities().EnsureAsync(machine, Cancelled)).PublicKey);
    }

    [Theory]
    [InlineData("port 22\nallowusers admin\nallowusers root@192.168.122.*\n")]
    [InlineData("port 22\nallowgroups sshlogin\nallowgroups ro?t\nauthenticationmethods publickey,password publickey\nforcecommand none\n")]
    [InlineData("port 22\nauthenticationmethods any\ndenygroups guests\nauthorizedkeysfile /etc/ssh/keys/%u %h/.ssh/authorized_keys\n")]
    [InlineData("")]
    public async Task What_lets_root_in_or_cannot_be_found_out_is_no_complaint(string settings)
    {
        machine.Write("/settings", settings);
        Assert.True((await step.ApplyAsync(machine, Plan, Cancelled)).IsReady);
    }

    [Fact]
    public async Task A_server_on_another_port_is_not_found_by_the_peers()
    {
        machine.Write("/listening", Listening.Replace(":22 ", ":2222 ", StringComparison.Ordinal));

        Assert.Contains("port 22", (await step.ApplyAsync(machine, Plan, Cancelled)).Message, StringComparison.Ordinal);
    }
}
