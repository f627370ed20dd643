using KvmOperator.Hosts.Preparation;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Preparation;

/// <summary>The scripts in a real shell, with the recorded answers of OpenSSH 9.2's server.</summary>
public sealed class PeerTrustTests : IDisposable
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    private const string Settings = "port 22\npermitrootlogin without-password\npubkeyauthentication yes\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n";
    private const string Listening = "LISTEN 0      128          0.0.0.0:22        0.0.0.0:*\nLISTEN 0      128             [::]:22           [::]:*\n";

    private static readonly HostPlan Plan = new("node1", ["192.168.122.100"]) { Peers = [new PeerHost("node2", ["192.168.122.200"], new PeerIdentity(Key, [Key]))] };

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

    [Theory]
    [InlineData("permitrootlogin without-password", "permitrootlogin no", "PermitRootLogin")]
    [InlineData("permitrootlogin without-password", "permitrootlogin forced-commands-only", "PermitRootLogin")]
    [InlineData("pubkeyauthentication yes", "pubkeyauthentication no", "PubkeyAuthentication")]
    [InlineData("port 22", "port 22\nallowusers admin\nallowusers operator", "AllowUsers")]
    public async Task An_SSH_server_that_lets_roots_key_in_nowhere_is_told(string setting, string instead, string named)
    {
        machine.Write("/settings", Settings.Replace(setting, instead, StringComparison.Ordinal));

        var state = await step.ApplyAsync(machine, Plan, Cancelled);

        Assert.Equal(StepStatus.Blocked, state.Status);
        Assert.Contains(named, state.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port 22\nallowusers admin\nallowusers root@192.168.122.*\n")]
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
