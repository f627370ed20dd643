using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Hosts.Nfs;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Observations;
using KvmOperator.NfsStores;
using KvmOperator.Status;
using KvmOperator.UnitTests.Api;
using Xunit;

namespace KvmOperator.UnitTests.NfsStores;

/// <summary>Whether all hosts see the same store, and to whom it is exported.</summary>
public sealed class StoreMountReportsTests
{
    private static readonly StoreAccess Same = new(Works: true, "id", "");

    [Fact]
    public void All_hosts_that_see_the_same_bytes_are_ready()
    {
        var access = Access(("node1", Same), ("node2", Same));

        Assert.All(StoreMountReports.Mounts(access), mount => Assert.True(mount.Ready));
        Assert.Equal("True", Told(access).Status);
    }

    [Fact]
    public void A_host_that_sees_other_bytes_than_the_rest_is_named()
    {
        var access = Access(("node1", Same), ("node2", Same with { StoreId = "other" }), ("node3", Same));

        var condition = Told(access);

        Assert.Equal(NfsStoreReasons.DifferentContents, condition.Reason);
        Assert.Contains("differ: node2", condition.Message, StringComparison.Ordinal);
        Assert.Equal(["node2"], StoreMountReports.Mounts(access).Where(mount => !mount.Ready).Select(mount => mount.Host));
    }

    [Fact]
    public void A_host_where_QEMU_is_another_user_is_named_and_takes_no_guests_of_the_store()
    {
        // Debian's libvirt-qemu and RHEL's qemu.
        var (debian, rhel) = (Same with { QemuUser = "64055" }, Same with { QemuUser = "107" });
        var access = Access(("node1", debian), ("node2", rhel), ("node3", debian), ("node4", Same));

        var condition = Told(access);

        Assert.Equal(("False", NfsStoreReasons.DifferentUsers), (condition.Status, condition.Reason));
        Assert.Contains("the others than 64055: node2 (107)", condition.Message, StringComparison.Ordinal);
        Assert.Equal(["node2"], StoreMountReports.Mounts(access).Where(mount => !mount.Ready).Select(mount => mount.Host));
    }

    [Fact]
    public void A_host_without_access_is_named_with_its_reason()
    {
        var condition = Told(Access(("node1", Same), ("node2", new StoreAccess(Works: false, "", "not mounted"))));

        Assert.Equal(NfsStoreReasons.MountsMissing, condition.Reason);
        Assert.Contains("node2: not mounted", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_without_hosts_is_no_ready_store() => Assert.Equal(NfsStoreReasons.MountsMissing, Told(Access()).Reason);

    [Fact]
    public void The_export_is_for_the_addresses_of_the_pool_and_for_nobody_else()
    {
        var one = Host("node1", "10.0.0.1", null, "default");
        var two = Host("node2", "10.0.0.2", "10.1.0.2", "default");
        var other = Host("node3", "10.0.0.3", null, "other");
        var broken = Host("node4", "no address!", null, "default");

        var twin = Host("node5", "10.0.0.5", null, "default");
        twin.Status = new KvmHostStatus { Conditions = [new V1Condition { Type = KvmHostConditions.Reachable, Status = "False", Reason = KvmHostReasons.SameMachine }] };

        var pool = PoolView.Of(new[] { two, other, broken, twin, one }.Where(host => host.Spec.Pool == "default")).Workable;

        Assert.Equal(["node1", "node2"], pool.Select(host => host.Name()));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.1.0.2"], StoreExports.For(SpecSamples.Store, pool).Clients);
    }

    [Fact]
    public void A_store_whose_mount_path_is_an_older_ones_says_whose_and_what_to_do()
    {
        var older = Store("older", 0);
        var newer = Store("newer", 1);
        var elsewhere = Store("elsewhere", 0);
        elsewhere.Spec = elsewhere.Spec with { Pool = "other" };
        Assert.Null(StorePaths.RivalOf(older, [newer, older, elsewhere]));
        Assert.Equal("older", StorePaths.RivalOf(newer, [newer, older, elsewhere])!.Name());

        var conditions = new ConditionList([], NfsStoreConditions.All, 1, TimeProvider.System);
        StoreMountReports.TellTaken(conditions, newer, older);

        var valid = conditions.Find(CommonConditions.Valid)!;
        Assert.Equal(("False", NfsStoreReasons.MountPathTaken), (valid.Status, valid.Reason));
        Assert.Contains("the older NfsStore older of the pool 'default' is mounted at /var/lib/libvirt/images", valid.Message, StringComparison.Ordinal);
        Assert.Contains("with another mount path, or delete older", valid.Message, StringComparison.Ordinal);
        Assert.Equal("False", conditions.Find(CommonConditions.Ready)!.Status);
    }

    private static NfsStore Store(string name, int age) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, CreationTimestamp = DateTime.UnixEpoch.AddDays(age) },
        Spec = SpecSamples.Store.Spec,
    };

    private static KvmHost Host(string name, string address, string? migrationAddress, string pool) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = SpecSamples.Host.Spec with { Address = address, MigrationAddress = migrationAddress, Pool = pool },
    };

    private static Dictionary<string, StoreAccess> Access(params (string Host, StoreAccess Access)[] all) => all.ToDictionary(pair => pair.Host, pair => pair.Access, StringComparer.Ordinal);

    private static V1Condition Told(Dictionary<string, StoreAccess> access)
    {
        var conditions = new ConditionList([], NfsStoreConditions.All, 1, TimeProvider.System);
        StoreMountReports.Tell(conditions, access, "default");
        return conditions.Find(NfsStoreConditions.Mounted)!;
    }
}
