using KvmOperator.Planning.Failover.Admission;
using KvmOperator.Planning.Placement;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Failover;

/// <summary>What would not work at night is told by day.</summary>
public sealed class AdmissionTests
{
    private const long Gibi = 1L << 30;

    private static readonly FencedHostFacts Host = new("node1", ["10.0.0.1"]) { MachineId = "m1", RecoversLostLocks = false };

    private static readonly StorageServerFacts Server = new("storage", IsManaged: true) { ListsClients = true, MountedVersions = ["4.2"], RemembersClients = true, FreeBytes = Gibi, MachineId = "m9" };

    public static TheoryData<string, string> Holes => new()
    {
        { "external", "spec.server.ssh" }, { "old kernel", "Linux 5.3" }, { "not known", "Linux 5.3" }, { "version 3", "NFS 3, whose clients" }, { "version 4.0", "NFS 4.0, whose clients" }, { "nfsdcld", "systemctl enable" },
        { "wildcard", "/srv *(rw)" }, { "pnfs", "pnfs" }, { "full", "make room" }, { "itself", "same machine" }, { "shared", "node2 have the same address" }, { "locks", "recover_lost_locks=N" },
    };

    [Fact]
    public void A_server_without_a_hole_is_admitted() => Assert.Empty(StorageFencingAdmission.Refuse(Host, Server, [Host, new FencedHostFacts("node2", ["10.0.0.2"])]));

    [Theory]
    [MemberData(nameof(Holes))]
    public void Each_hole_is_refused_with_what_to_do(string hole, string told)
    {
        var refusals = hole switch
        {
            "external" => Refuse(server: Server with { IsManaged = false, ListsClients = null }),
            "old kernel" => Refuse(server: Server with { ListsClients = false }),
            "not known" => Refuse(server: Server with { ListsClients = null }),
            "version 3" => Refuse(server: Server with { MountedVersions = ["3", "4.2"] }),
            "version 4.0" => Refuse(server: Server with { MountedVersions = ["4.0"] }),
            "nfsdcld" => Refuse(server: Server with { RemembersClients = false }),
            "wildcard" => Refuse(server: Server with { ForeignExports = ["/srv *(rw)"] }),
            "pnfs" => Refuse(server: Server with { HasParallelAccess = true }),
            "full" => Refuse(server: Server with { FreeBytes = 1000 }),
            "itself" => Refuse(server: Server with { MachineId = "m1" }),
            "shared" => Refuse(others: [new FencedHostFacts("node2", ["10.0.0.1"])]),
            _ => Refuse(Host with { RecoversLostLocks = true }),
        };

        Assert.Contains(told, Assert.Single(refusals), StringComparison.Ordinal);
    }

    [Fact]
    public void Guests_take_each_others_room_those_of_a_higher_priority_first()
    {
        PlacementHost[] hosts = [Place("node2", 4), Place("node3", 2)];

        var verdict = FailoverAdmission.Judge([Need("a", 0, 3), Need("b", 0, 2), Need("c", 9, 2)], hosts);

        Assert.False(verdict.IsAdmitted);
        Assert.Equal(["a"], verdict.Homeless.Keys);
        Assert.Equal("node2", verdict.Places["c"]);
        Assert.StartsWith("if it failed, no host could take a (node2: ", verdict.Explain(), StringComparison.Ordinal);
        Assert.True(FailoverAdmission.Judge([Need("a", 0, 3), Need("b", 0, 2)], hosts).IsAdmitted);
    }

    [Fact]
    public void A_group_stays_apart_on_the_other_hosts_too()
    {
        var verdict = FailoverAdmission.Judge([Need("a", 0, 1, "default/db"), Need("b", 0, 1, "default/db")], [Place("node2", 8)]);

        Assert.Contains("another guest of the group db is there", verdict.Homeless["b"], StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Refuse(FencedHostFacts? host = null, StorageServerFacts? server = null, IReadOnlyList<FencedHostFacts>? others = null) => StorageFencingAdmission.Refuse(host ?? Host, server ?? Server, others ?? []);

    private static PlacementHost Place(string name, long memory) => new(name, "default", null, 64, memory * Gibi, 0, 0, new HashSet<string>(), new HashSet<string>());

    private static FailoverGuestNeed Need(string name, int priority, long memory, params string[] groups) =>
        new(name, priority, new PlacementGuest("default", null, 1, memory * Gibi, new HashSet<string>(), new HashSet<string>(groups)));
}
