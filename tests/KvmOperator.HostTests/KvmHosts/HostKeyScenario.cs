using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A machine that shows another host key than before is not talked to until a person says so.</summary>
public sealed class HostKeyScenario(LabFixture fixture) : OperatorScenario(fixture)
{
    /// <summary>Runs a command on node2 from node1, whatever its host key: the laboratory's own ssh refuses the new one, as it should.</summary>
    private const string OnNode2 = "ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes 192.168.122.200 ";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_changed_key_stops_everything_until_a_person_accepts_it()
    {
        var recorded = (await Cluster.GetAsync<KvmHost>("node2", CancellationToken)).Status!.Ssh!.HostKeyFingerprint;
        Assert.StartsWith("SHA256:", recorded, StringComparison.Ordinal);

        // The machine is installed anew, as far as SSH can tell: other keys, and the connection broken.
        await Lab.Machines.RunAsync(
            "node2",
            "rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; sed -i '/node1/d' /etc/hosts; systemctl restart ssh; (sleep 1; pkill -f 'sshd: root') >/dev/null 2>&1 &",
            CancellationToken);
        var refused = await Cluster.UntilAsync<KvmHost>(
            "node2", "the changed key is told", host => host.Status.IsNot(KvmHostConditions.Reachable, KvmHostReasons.HostKeyChanged), Deadline, CancellationToken);
        var message = refused.Status.Condition(KvmHostConditions.Reachable)!.Message;
        Assert.Contains(Annotations.AcceptHostKey, message, StringComparison.Ordinal);
        Assert.Contains("kubectl annotate kvmhost node2", message, StringComparison.Ordinal);
        Assert.True(refused.Status.Condition(CommonConditions.Ready)!.Status == "False");
        Assert.Equal(recorded, refused.Status!.Ssh!.HostKeyFingerprint);

        // Nothing is run there: what had drifted is as it was, also after the next tries to connect.
        var beat = (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>("node1", "time has passed", host => host.Status!.LastHeartbeatTime > beat, Deadline, CancellationToken);
        Assert.Equal("missing", (await Lab.Machines.RunAsync("node1", OnNode2 + "'grep -q node1 /etc/hosts || echo missing'", CancellationToken)).Output.Trim());

        // The command of the message accepts it; what had drifted meanwhile is mended, so it is worked on again.
        var shown = (await Lab.Machines.RunAsync("node1", "ssh-keyscan -t ed25519 192.168.122.200 2>/dev/null | ssh-keygen -lf - | cut -d' ' -f2", CancellationToken)).Output.Trim();
        Assert.Contains(shown, message, StringComparison.Ordinal);
        await Cluster.KubectlAsync(CancellationToken, "annotate", "kvmhost", "node2", "--overwrite", $"{Annotations.AcceptHostKey}={shown}");
        var accepted = await Cluster.UntilAsync<KvmHost>(
            "node2", "it is ready with the new key", host => host.Status.Is(CommonConditions.Ready) && host.Status!.Ssh!.HostKeyFingerprint == shown, Deadline, CancellationToken);
        Assert.True(accepted.Status.Is(KvmHostConditions.NamesResolved));
        await Lab.Machines.RunAsync("node1", OnNode2 + "'grep -q node1 /etc/hosts'", CancellationToken);

        // The consent was for this key only: the annotation may go.
        await Cluster.KubectlAsync(CancellationToken, "annotate", "kvmhost", "node2", $"{Annotations.AcceptHostKey}-");
        beat = accepted.Status!.LastHeartbeatTime;
        await Cluster.UntilAsync<KvmHost>("node2", "it is watched on", host => host.Status!.LastHeartbeatTime > beat && host.Status.Is(KvmHostConditions.Reachable), Deadline, CancellationToken);
    }
}
