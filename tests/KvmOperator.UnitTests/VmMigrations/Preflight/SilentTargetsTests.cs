using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Preflight;
using Xunit;

namespace KvmOperator.UnitTests.VmMigrations.Preflight;

/// <summary>Whether a move waits for a host that was too slow for one look, or is refused.</summary>
public sealed class SilentTargetsTests
{
    private static readonly HostObservation Busy = Given.Host() with { LibvirtAnswers = false };

    [Fact]
    public void A_ready_target_whose_libvirt_was_too_slow_once_is_waited_for() =>
        Assert.Equal("libvirt on node2 did not answer at the latest look", Wait("node2", Busy, Host("node2")));

    [Fact]
    public void A_target_that_is_not_ready_is_not_waited_for() => Assert.Null(Wait("node2", Busy, Host("node2", ready: false)));

    [Fact]
    public void A_target_that_answers_is_not_waited_for() => Assert.Null(Wait("node2", Given.Host(), Host("node2")));

    [Theory]
    [InlineData("did not answer in time", "/images/xx.qcow2", "the store of its disks is mounted on node2 and did not answer there at the latest look")]
    [InlineData(StoreProbe.NotMounted, "/images/xx.qcow2", null)]
    [InlineData("did not answer in time", "/images2/xx.qcow2", null)]
    public void A_store_that_hangs_for_a_moment_is_waited_for_and_one_that_is_not_mounted_is_not(string reason, string disk, string? expected)
    {
        var seen = Given.Host() with { Stores = [new StoreProbe("/images", Answers: false, 0, 0, reason)] };

        Assert.Equal(expected, SilentTargets.Wait("node2", "node1", [Host("node2")], _ => seen, [disk]));
    }

    [Fact]
    public void Without_a_target_every_ready_host_of_the_pool_may_become_one_but_not_the_source()
    {
        Assert.Equal("libvirt on node2, node3 did not answer at the latest look", Wait(null, Busy, Host("node3"), Host("node2"), Host("node1")));
    }

    private static string? Wait(string? target, HostObservation seen, params KvmHost[] hosts) =>
        SilentTargets.Wait(target, "node1", hosts, _ => seen, []);

    private static KvmHost Host(string name, bool ready = true)
    {
        var host = HostRig.Host(name);
        host.Status = new KvmHostStatus { Conditions = [new V1Condition { Type = CommonConditions.Ready, Status = ready ? "True" : "False" }] };
        return host;
    }
}
