using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines.Disks;
using Xunit;
using HostDiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>A file of a store is the disk of one guest, whoever asks, and in whichever way it is named.</summary>
public sealed class FileUsersTests
{
    private const string Mount = "/var/lib/libvirt/images";

    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly DomainIndex domains = new();

    public FileUsersTests()
    {
        Add("images", "/srv/images", Mount);
        Add("other", "/srv/other", "/var/lib/libvirt/other");
        hosts.Put(HostRig.Host(), out _);
    }

    [Fact]
    public void Of_two_guests_that_name_one_file_the_older_one_has_it()
    {
        VirtualMachine[] machines = [Existing("a", 2, "mine.qcow2"), Existing("b", 1, "mine.qcow2")];

        Assert.Contains("a disk of default/b already", Refuse(machines[0], machines), StringComparison.Ordinal);
        Assert.Null(Refuse(machines[1], machines));
    }

    [Fact]
    public void A_guest_that_has_the_file_keeps_it_when_an_older_one_names_it_later()
    {
        VirtualMachine[] machines = [Having(Existing("a", 2, "mine.qcow2"), "mine.qcow2"), Existing("b", 1, "mine.qcow2")];

        Assert.Null(Refuse(machines[0], machines));
        Assert.NotNull(Refuse(machines[1], machines));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_guest_that_is_applied_again_does_not_take_the_disk_from_the_one_that_has_it_by_now(int day)
    {
        // The first web was deleted with Retain, and its disk is web2's.
        var web = Machine("web", day, null);
        var web2 = Having(Existing("web2", 2, "default_web/root.qcow2"), "default_web/root.qcow2");

        Assert.Contains("is a disk of default/web2 by now", Refuse(web, [web, web2]), StringComparison.Ordinal);
        Assert.Null(Refuse(web2, [web, web2]));
    }

    [Fact]
    public void What_a_domain_has_counts_also_before_anything_was_written_down()
    {
        // A new cluster knows nothing yet of either.
        var web = Machine("web", 1, null);
        var web2 = Existing("web2", 1, "default_web/root.qcow2");
        See(DomainState.ShutOff, "default_web/root.qcow2", new OwnerMarker("default", "web2"));

        Assert.NotNull(Refuse(web, [web, web2]));
        Assert.Null(Refuse(web2, [web, web2]));
        Assert.Contains("the domain default_web2 on node1", Refuse(web, [web]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DomainState.Running, false)]
    [InlineData(DomainState.Paused, false)]
    [InlineData(DomainState.ShutOff, true)]
    public void A_file_that_a_persons_domain_uses_is_nobodys(DomainState state, bool allowed)
    {
        var guest = Existing("a", 1, "mine.qcow2");
        See(state, "mine.qcow2", null);

        Assert.Equal(allowed, Refuse(guest, [guest]) is null);
        Assert.Equal(["the domain byhand on node1"], Users([guest]).UsersOf(guest, stores.Get(new EntityKey(null, "images"))!, $"{Mount}/mine.qcow2"));
    }

    [Fact]
    public void The_guests_own_domain_is_not_in_its_way()
    {
        var guest = Existing("a", 1, "mine.qcow2");
        See(DomainState.Running, "mine.qcow2", new OwnerMarker("default", "a"));

        Assert.Null(Refuse(guest, [guest]));
        Assert.Empty(Users([guest]).UsersOf(guest, stores.Get(new EntityKey(null, "images"))!, $"{Mount}/mine.qcow2"));
    }

    [Fact]
    public void A_guest_that_holds_a_disk_longer_than_its_spec_says_has_it()
    {
        var holder = Machine("holder", 1, null);
        var guest = Existing("a", 2, "mine.qcow2");
        See(DomainState.Running, "mine.qcow2", new OwnerMarker("default", "holder"));

        Assert.Contains("a disk of default/holder already", Refuse(guest, [guest, holder]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_name_in_another_store_is_another_file() =>
        Assert.Null(Refuse(Existing("a", 2, "mine.qcow2"), [In("other", Existing("b", 1, "mine.qcow2"))]));

    [Theory]
    [InlineData("/srv/images", "mine.qcow2")]
    [InlineData("/srv", "images/mine.qcow2")]
    public void Two_stores_of_one_folder_and_one_in_the_other_have_the_same_files(string export, string name)
    {
        Add("alias", export, "/var/lib/libvirt/alias");

        Assert.NotNull(Refuse(Existing("a", 2, "mine.qcow2"), [In("alias", Existing("b", 1, name))]));
    }

    [Theory]
    [InlineData(DiskSharing.Linked, RunStrategy.Always, false)]
    [InlineData(DiskSharing.Linked, RunStrategy.Halted, true)]
    [InlineData(DiskSharing.Full, RunStrategy.Always, true)]
    public void No_disk_is_linked_to_an_image_that_a_guest_writes(DiskSharing sharing, RunStrategy strategy, bool allowed)
    {
        var writer = Existing("writer", 1, "golden.qcow2");
        writer.Spec = writer.Spec with { RunStrategy = strategy };
        var linked = Machine("linked", 2, new DiskSource { Image = "golden.qcow2" });
        linked.Spec = linked.Spec with { Disks = [linked.Spec.Disks[0] with { Sharing = sharing }] };

        Assert.Equal(allowed, Refuse(linked, [writer, linked]) is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_lies_in_the_folder_of_a_guest_is_its_own_and_free_when_the_guest_is_gone(bool isThere)
    {
        foreach (var source in new[] { new DiskSource { Existing = "default_other/root.qcow2" }, new DiskSource { Image = "default_other/root.qcow2" }, new DiskSource { Existing = "default_other/left.qcow2" } })
        {
            var heir = Machine("heir", 2, source);

            Assert.Equal(isThere, Refuse(heir, isThere ? [heir, Machine("other", 1, new DiskSource { Image = "base.qcow2" })] : [heir]) is not null);
        }
    }

    [Fact]
    public void A_copy_that_is_made_needs_its_image_no_more()
    {
        var copy = Having(Machine("copy", 2, new DiskSource { Image = "default_other/root.qcow2" }), "default_copy/root.qcow2");

        Assert.Null(Refuse(copy, [copy, Machine("other", 3, null)]));
    }

    [Fact]
    public void A_guest_names_each_file_once()
    {
        var guest = Machine("a", 1, null);
        guest.Spec = guest.Spec with { Disks = [guest.Spec.Disks[0], guest.Spec.Disks[0] with { Name = "data", Source = new DiskSource { Existing = "default_a/root.qcow2" } }] };

        Assert.Contains("is its disk data, too", Refuse(guest, [guest]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_to_be_deleted_has_users_of_every_kind()
    {
        var web = Machine("web", 1, null);
        var heir = Existing("heir", 2, "default_web/root.qcow2");
        var copy = Machine("copy", 2, new DiskSource { Image = "default_web/root.qcow2" });
        var linked = Machine("linked", 2, new DiskSource { Image = "default_web/root.qcow2" });
        linked.Spec = linked.Spec with { Disks = [linked.Spec.Disks[0] with { Sharing = DiskSharing.Linked }] };
        var based = Machine("based", 2, null);
        based.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = $"{Mount}/default_based/root.qcow2", BackingFile = $"{Mount}/default_web/root.qcow2" }] };
        var nobody = Existing("nobody", 2, "default_web/data.qcow2");

        Assert.Equal(
            ["default/based", "default/copy", "default/heir", "default/linked"],
            Users([web, heir, copy, linked, based, nobody]).UsersOf(web, stores.Get(new EntityKey(null, "images"))!, $"{Mount}/default_web/root.qcow2"));
    }

    [Fact]
    public void A_guest_that_cannot_be_read_may_have_any_file()
    {
        var machines = Given.Stored(Existing("a", 1, "mine.qcow2"));
        using var document = System.Text.Json.JsonDocument.Parse("{}");
        machines.PutUndecodable(new UndecodableObject(new EntityKey("far", "later"), null, new Dictionary<string, string>(StringComparer.Ordinal), document.RootElement.Clone(), "an unknown strategy"));
        var users = new FileUsers(machines, stores, hosts, domains);

        Assert.Contains("far/later cannot be read", users.Refuse(machines.List()[0]), StringComparison.Ordinal);
        Assert.Null(users.Refuse(Having(Existing("a", 1, "mine.qcow2"), "mine.qcow2")));
        Assert.Null(users.Refuse(Machine("b", 1, null)));
    }

    [Fact]
    public void A_clone_is_read_in_the_format_of_its_source()
    {
        var disk = new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = new DiskSource { CloneOf = new CloneSource { VirtualMachine = "other", Disk = "root" } } };

        Assert.Equal(new HostDiskSource.Copy("/images/default_other/root.raw", "raw"), GuestDisks.Plan(Given.Identity, disk, SpecSamples.Store, ("/images/default_other/root.raw", "raw"))!.Source);
    }

    private static VirtualMachine Existing(string name, int day, string file) => Machine(name, day, new DiskSource { Existing = file });

    private static VirtualMachine Machine(string name, int day, DiskSource? source) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", CreationTimestamp = new DateTime(2026, 1, day, 0, 0, 0, DateTimeKind.Utc) },
        Spec = Given.Spec() with { Disks = [new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = source }] },
    };

    private static VirtualMachine In(string store, VirtualMachine machine)
    {
        machine.Spec = machine.Spec with { Disks = [machine.Spec.Disks[0] with { StoreRef = SpecSamples.Named(store) }] };
        return machine;
    }

    private static VirtualMachine Having(VirtualMachine machine, string file)
    {
        machine.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = $"{Mount}/{file}", VirtualBytes = 1 << 30 }] };
        return machine;
    }

    private FileUsers Users(IEnumerable<VirtualMachine> machines) => new(Given.Stored(machines), stores, hosts, domains);

    private string? Refuse(VirtualMachine machine, IEnumerable<VirtualMachine> machines) => Users(machines).Refuse(machine);

    private void See(DomainState state, string file, OwnerMarker? owner) => domains.Update(
        "node1",
        [
            Given.Domain(state, owner: owner, name: owner is null ? "byhand" : $"default_{owner.Name}") with
            {
                Owner = owner, Uuid = new Guid(1, 2, 3, new byte[8]), DiskPaths = [$"{Mount}/{file}"],
            },
        ],
        1);

    private void Add(string name, string export, string mount)
    {
        var store = SpecSamples.Store;
        store.Metadata.Name = name;
        store.Spec = store.Spec with { ExportPath = export, MountPath = mount };
        stores.Put(store, out _);
    }
}
