using System.Reflection;
using k8s;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Planning.Lifecycle;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>Guests that stand still because their disks could not be written go on when they can, with fake hosts and a fake libvirt that notes what it is told.</summary>
public sealed class StandStillTests : IDisposable
{
    private readonly HostRig rig = new();
    private readonly StatusApi api = new();
    private readonly Kubernetes kubernetes;
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly GuestKeeping keeping;
    private readonly IDomains domains = DispatchProxy.Create<IDomains, NotingDomains>();
    private readonly VirtualMachine guest = new() { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Uid = "uid", Generation = 1 }, Spec = Given.Spec() };

    public StandStillTests()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, api);
        stores.Put(SpecSamples.Store, out _);
        var hosts = new ObjectStore<KvmHost>(HostIndexes.OfHosts);
        hosts.Put(HostRig.Host(), out _);
        var connections = HostRig.Connections(HostRig.Secrets(), rig, rig.Clock);
        var guestHosts = new GuestHosts(connections, domains, rig.Observations, new DomainIndex(), new PoolViews(hosts), hosts, rig.WokenHosts, rig.Clock);
        keeping = new GuestKeeping(guestHosts, new GuestStores(stores), new GuestMemory(rig.Clock), null!, null!, null!, null!, domains, rig.Observations);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private List<string> Told => ((NotingDomains)(object)domains).Told;

    public void Dispose()
    {
        kubernetes.Dispose();
        rig.Dispose();
    }

    [Fact]
    public async Task A_guest_goes_on_when_its_store_has_room_again_and_an_event_says_so()
    {
        await SeeAsync(free: 0);
        Assert.Equal("Paused", await PassAsync(isByStorage: true));
        Assert.Contains("the store images is full. Make room there; it goes on by itself", guest.Status!.Conditions.Single(condition => condition.Type == VirtualMachineConditions.Running).Message, StringComparison.Ordinal);
        Assert.Empty(Told);

        await SeeAsync(free: 50);
        await PassAsync(isByStorage: true);

        Assert.Equal([nameof(IDomains.ResumeAsync)], Told);
        Assert.Contains(rig.Events, one => one.StartsWith("Normal Resumed: it goes on on node1", StringComparison.Ordinal));

        // One that stands still again at once is left alone for a while.
        await PassAsync(isByStorage: true);
        Assert.Single(Told);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));
        await PassAsync(isByStorage: true);
        Assert.Equal(2, Told.Count);
    }

    [Fact]
    public async Task A_guest_whose_store_does_not_answer_and_one_that_a_person_paused_are_left_alone()
    {
        await SeeAsync(free: 50, answers: false);
        await PassAsync(isByStorage: true);
        await SeeAsync(free: 50);
        await PassAsync(isByStorage: false);

        Assert.Empty(Told);
    }

    [Fact]
    public async Task A_guest_that_is_known_to_be_elsewhere_is_not_let_go_on_here()
    {
        await SeeAsync(free: 50);
        guest.Status = new VirtualMachineStatus { Host = "node2" };
        await PassAsync(isByStorage: true);

        Assert.Empty(Told);
    }

    private async Task SeeAsync(long free, bool answers = true)
    {
        rig.Look = _ => Given.Host() with { Stores = [new StoreProbe(SpecSamples.Store.Spec.MountPath, answers, 100, free, "did not answer in time")] };
        await rig.Observations.LookAsync("node1", rig, [], Token);
    }

    private async Task<string?> PassAsync(bool isByStorage)
    {
        var baselines = new StatusBaselines();
        var copy = baselines.PrivateCopyOf(guest);
        var status = copy.Status ?? new VirtualMachineStatus();
        var conditions = new ConditionList(status.Conditions, VirtualMachineConditions.All, 1, rig.Clock);
        var writer = new StatusWriter<VirtualMachine>(new EntityClient(kubernetes, rig.Clock), Given.Stored(guest), baselines, rig.Clock);
        await keeping.StandStillAsync(new GuestPass(copy, status, conditions, writer, rig, rig.Clock), new GuestStep.StandStill("node1", "its disk could not be written", isByStorage), Token);
        guest.Status = copy.Status;
        return guest.Status?.Phase;
    }

#pragma warning disable CA1852 // A proxy is derived from it.
    private class NotingDomains : DispatchProxy
#pragma warning restore CA1852
    {
        public List<string> Told { get; } = [];

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Told.Add(targetMethod!.Name);
            return Task.CompletedTask;
        }
    }
}
