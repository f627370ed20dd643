using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.HostTests.Lab;
using KvmOperator.HostTests.Operator;
using Xunit;

namespace KvmOperator.HostTests.KvmHosts;

/// <summary>A host that is a copy of another one is told before anybody wants to move a guest, and both go on to work.</summary>
public sealed class SameIdentityScenario(LabFixture fixture) : GuestScenario(fixture)
{
    private const string Configuration = "/etc/libvirt/libvirtd.conf";

    /// <summary>What a host says of itself is read again when it is checked for drift.</summary>
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Two_hosts_with_one_UUID_say_so_of_each_other_and_stop_saying_so_when_one_has_its_own()
    {
        await UniqueAsync("node1");
        await UniqueAsync("node2");
        var uuid = (await Cluster.GetAsync<KvmHost>("node1", CancellationToken)).Status!.System!.HostUuid;

        await Lab.Machines.RunAsync("node2", $"echo 'host_uuid = \"{uuid}\"' >> {Configuration} && systemctl restart libvirtd", CancellationToken, StartDeadline);
        var second = await SharedAsync("node2", "node1");
        await SharedAsync("node1", "node2");
        Assert.True(second.Status.Is(CommonConditions.Ready));
        Assert.Contains(KvmHostReasons.SameIdentity, await Cluster.EventReasonsAsync("node2", CancellationToken));

        await Lab.Machines.RunAsync("node2", $"sed -i '/^host_uuid/d' {Configuration} && systemctl restart libvirtd", CancellationToken, StartDeadline);
        await UniqueAsync("node2");
        await UniqueAsync("node1");
    }

    private Task<KvmHost> UniqueAsync(string host) =>
        Cluster.UntilAsync<KvmHost>(host, "it is the only one of its kind", one => one.Status.Is(KvmHostConditions.IdentityUnique), ToldWithin, CancellationToken);

    private Task<KvmHost> SharedAsync(string host, string other) => Cluster.UntilAsync<KvmHost>(
        host,
        $"it says that {other} has its UUID, too",
        one => one.Status.IsNot(KvmHostConditions.IdentityUnique, KvmHostReasons.SameIdentity)
            && one.Status.Condition(KvmHostConditions.IdentityUnique)!.Message.StartsWith($"{other} has the UUID", StringComparison.Ordinal),
        ToldWithin,
        CancellationToken);
}
