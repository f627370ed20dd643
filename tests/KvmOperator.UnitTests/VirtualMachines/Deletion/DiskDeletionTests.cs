using System.Reflection;
using k8s;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Deletion;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Deletion;

/// <summary>Which files go with a guest, by the finalizer with fake hosts and a fake store that notes what is removed.</summary>
public sealed class DiskDeletionTests : IDisposable
{
    private const string Folder = "/var/lib/libvirt/images/default_web";

    private readonly HostRig rig = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<VirtualMachine> machines = Given.Stored();
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<KvmHost> hosts = new(HostIndexes.OfHosts);
    private readonly DomainIndex seen = new();
    private readonly IDiskImages images = DispatchProxy.Create<IDiskImages, Noting>();

    public DiskDeletionTests()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, new StatusApi());
        hosts.Put(HostRig.Host(), out _);
        var store = SpecSamples.Store;
        store.Status = new NfsStoreStatus { Mounts = [new StoreMount { Host = "node1", Ready = true }] };
        stores.Put(store, out _);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Removed => ((Noting)(object)images).Told;

    public void Dispose()
    {
        kubernetes.Dispose();
        rig.Dispose();
    }

    [Fact]
    public async Task A_guest_that_nobody_shares_a_file_with_goes_with_its_disks()
    {
        await FinalizeAsync(Guest("web", null, DeletionPolicy.Delete));

        Assert.Equal([$"DeleteAsync {Folder}/root.qcow2", $"DeleteAsync {Folder}/cloud-init.iso", $"DeleteFolderAsync {Folder}"], Removed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_disk_that_another_guest_or_a_persons_domain_has_stays_and_an_event_names_who(bool isGuest)
    {
        if (isGuest)
        {
            machines.Put(Guest("web2", "default_web/root.qcow2", DeletionPolicy.Retain), out _);
        }
        else
        {
            seen.Update("node1", [Given.HandMade(DomainState.ShutOff, Guid.NewGuid()) with { DiskPaths = [$"{Folder}/root.qcow2"] }], 1);
        }

        await FinalizeAsync(Guest("web", null, DeletionPolicy.Delete));

        Assert.Equal([$"DeletePartsAsync {Folder}/root.qcow2", $"DeleteAsync {Folder}/cloud-init.iso", $"DeleteFolderAsync {Folder}"], Removed);
        Assert.Contains(rig.Events, one => one == $"Warning DiskKept: {Folder}/root.qcow2 stays: it is named by {(isGuest ? "default/web2" : "the domain byhand on node1")}");
    }

    [Fact]
    public async Task A_guest_that_keeps_its_disks_leaves_nothing_that_was_half_made()
    {
        await FinalizeAsync(Guest("web", null, DeletionPolicy.Retain));

        Assert.Equal([$"DeletePartsAsync {Folder}/root.qcow2 {Folder}/cloud-init.iso"], Removed);
    }

    private async Task FinalizeAsync(VirtualMachine guest)
    {
        machines.Put(guest, out _);
        await rig.Observations.LookAsync("node1", rig, [], Token);
        var domains = DispatchProxy.Create<IDomains, Noting>();
        var guestHosts = new GuestHosts(HostRig.Connections(HostRig.Secrets(), rig, rig.Clock), domains, rig.Observations, seen, new PoolViews(hosts), hosts, rig.WokenHosts, rig.Clock);
        var users = new FileUsers(machines, stores, hosts, seen);
        var disks = new DiskCreation(images, null!, new InlineJobs(), users, new GuestMemory(rig.Clock), machines, stores, guestHosts, rig.Observations, null!);
        var writer = new StatusWriter<VirtualMachine>(new EntityClient(kubernetes, rig.Clock), machines, new StatusBaselines(), rig.Clock);
        var kept = DispatchProxy.Create<IKeptGuests, Noting>();
        var keeping = new DefinitionKeeping(domains, kept, new GuestMemory(rig.Clock), rig.Observations);
        var finalizer = new VirtualMachineFinalizer(
            guestHosts, domains, disks, images, kept, keeping, new GuestStores(stores), stores, new GuestFiles(machines), users, new ObjectStore<VmMigration>(MoveIndexes.All), writer, rig, rig.Clock);

        var result = await finalizer.FinalizeAsync(guest, Token);

        Assert.True(result is { IsSuccess: true, RequeueAfter: null }, guest.Status?.Phase);
    }

    private static VirtualMachine Guest(string name, string? existing, DeletionPolicy policy) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name, Generation = 1 },
        Spec = Given.Spec() with
        {
            DeletionPolicy = policy,
            Disks = [Given.Spec().Disks[0] with { Source = existing is null ? null : new KvmOperator.Api.VirtualMachines.DiskSource { Existing = existing } }],
        },
    };

#pragma warning disable CA1852 // A proxy is derived from it.
    private class Noting : DispatchProxy
#pragma warning restore CA1852
    {
        public List<string> Told { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Told.Add($"{targetMethod!.Name} {string.Join(' ', args!.SelectMany(argument => argument is string one ? [one] : argument as IEnumerable<string> ?? []))}");
            return targetMethod.ReturnType.IsGenericType
                ? typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(targetMethod.ReturnType.GenericTypeArguments).Invoke(null, [null])
                : Task.CompletedTask;
        }
    }
}
