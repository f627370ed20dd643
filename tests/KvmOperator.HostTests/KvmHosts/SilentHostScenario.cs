using System.Globalization;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A host that is silent stops what depends on it and nothing else, and only a person's word about this silence lets it go.</summary>
public sealed class SilentHostScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string OtherSecret = "another-key";
    private const string AtOnce = "\n  terminationGracePeriodSeconds: 0";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>No machine is behind it.</summary>
    private string ThirdHost => Lab.Manifests.Host("node2", "192.168.122.201")
        .Replace("name: node2", "name: node3", StringComparison.Ordinal)
        .Replace($"port: {Lab.Manifests.Port("node2").ToString(CultureInfo.InvariantCulture)}", "port: 1", StringComparison.Ordinal);

    [Fact]
    public async Task While_a_third_host_is_silent_the_guests_of_the_others_start_at_home_and_one_that_crashed_comes_back()
    {
        await RunningGuestAsync("one", On("node1"));
        await RunningGuestAsync("two", On("node2"));
        await Cluster.ApplyAsync(PoolManifests.Guest("two", On("node2").Replace("runStrategy: Always", "runStrategy: Halted", StringComparison.Ordinal)), CancellationToken);
        await UntilPhaseAsync("two", "Stopped");

        await Cluster.ApplyAsync(ThirdHost, CancellationToken);
        var silent = await Cluster.UntilAsync<KvmHost>("node3", "it is silent", host => host.Status is { Failover.State: HostFailoverState.Silent }, Deadline, CancellationToken);
        Assert.True(silent.Status.IsNot(KvmHostConditions.Reachable, KvmHostReasons.Unreachable));

        await Lab.Machines.RunAsync("node1", $"kill -9 \"$(cat /run/libvirt/qemu/{Domain("one")}.pid)\"", CancellationToken);
        var back = await Cluster.UntilAsync<VirtualMachine>(
            "default/one", "it was started again after the crash", guest => guest.Status is { Phase: "Running", RestartCount: 1 }, StartDeadline, CancellationToken);
        Assert.Equal("node1", back.Status!.Host);

        Assert.Equal("node2", (await RunningGuestAsync("two", On("node2"))).Status!.Host);
        Assert.Equal(["node1"], await HostsRunningAsync("one"));
        Assert.Equal(["node2"], await HostsRunningAsync("two"));
        Assert.Equal(HostFailoverState.Silent, (await Cluster.GetAsync<KvmHost>("node3", CancellationToken)).Status!.Failover?.State);
    }

    [Fact]
    public async Task The_word_that_a_machine_is_off_counts_for_a_silent_one_and_for_this_failure_alone()
    {
        await RunningGuestAsync("two", On("node2"));

        // The key was rotated on one side only: the machine answers, and says no.
        await Lab.Machines.RunAsync("node1", "rm -f /run/other /run/other.pub && ssh-keygen -q -t ed25519 -N '' -f /run/other", CancellationToken);
        var key = (await Lab.Machines.RunAsync("node1", "cat /run/other", CancellationToken)).Output;
        await Cluster.ApplyAsync(
            $"apiVersion: v1\nkind: Secret\nmetadata: {{name: {OtherSecret}, namespace: kvm-operator}}\ntype: kubernetes.io/ssh-auth\nstringData:\n  ssh-privatekey: |\n{Indented(key)}\n", CancellationToken);
        await NameSecretAsync(OtherSecret);
        await Cluster.KubectlAsync(CancellationToken, "delete", "kvmhost", "node2", "--wait=false");
        var refused = await Cluster.UntilAsync<KvmHost>(
            "node2", "its refusal is told", host => host.Status.Condition(CommonConditions.Ready)?.Message.Contains("The machine is on", StringComparison.Ordinal) == true, Deadline, CancellationToken);
        Assert.True(refused.Status.IsNot(KvmHostConditions.Reachable, KvmHostReasons.AuthenticationRefused));
        Assert.Null(refused.Status!.Failover);
        await StaysAsync("node2", "node2/20200101-000000");
        Assert.Equal(["node2"], await HostsRunningAsync("two"));

        // It can be asked again, and says that a guest runs there. Then its power is cut.
        await NameSecretAsync(PoolManifests.SecretName);
        await Cluster.UntilAsync<KvmHost>("node2", "its guest keeps it", host => host.Status.IsNot(KvmHostConditions.Drained, KvmHostReasons.GuestsRunning), Deadline, CancellationToken);
        await Lab.Machines.VerbAsync(CancellationToken, "crash", "node2");
        var silent = await Cluster.UntilAsync<KvmHost>(
            "node2",
            "it is said how to let it go",
            host => host.Status is { Failover: { } failover } && host.Status.Condition(CommonConditions.Ready)?.Message.Contains($"{Annotations.ConfirmPoweredOff}=node2/{failover.Id}", StringComparison.Ordinal) == true,
            Deadline,
            CancellationToken);
        await StaysAsync("node2", "node2/20200101-000000");

        await ConfirmAsync($"node2/{silent.Status!.Failover!.Id}");
        await Cluster.UntilGoneAsync<KvmHost>("node2", Deadline, CancellationToken);
    }

    private static string On(string host) => $"  runStrategy: Always\n  placement: {{hostRef: {{name: {host}}}}}{AtOnce}";

    private static string Indented(string text) => string.Join('\n', text.TrimEnd().Split('\n').Select(line => "    " + line));

    private Task NameSecretAsync(string secret) =>
        Cluster.KubectlAsync(CancellationToken, "patch", "kvmhost", "node2", "--type=merge", "-p", $"{{\"spec\":{{\"ssh\":{{\"credentialsSecretRef\":{{\"name\":\"{secret}\"}}}}}}}}");

    /// <summary>Words that are about something else let nobody go, however long they stand there.</summary>
    private async Task StaysAsync(string host, string word)
    {
        foreach (var one in new[] { host, word })
        {
            await ConfirmAsync(one);
            await Lab.BeatsAsync("node1", 2, CancellationToken);
            Assert.NotNull((await Cluster.GetAsync<KvmHost>(host, CancellationToken)).Metadata.DeletionTimestamp);
        }
    }

    private Task ConfirmAsync(string word) => Cluster.KubectlAsync(CancellationToken, "annotate", "kvmhost", "node2", "--overwrite", $"{Annotations.ConfirmPoweredOff}={word}");
}
