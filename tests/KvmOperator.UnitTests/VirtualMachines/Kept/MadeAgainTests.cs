using System.Xml.Linq;
using k8s;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Placement;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.Tests.Libvirt;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Definitions;
using KvmOperator.VirtualMachines.Deletion;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Kept;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Kept;

/// <summary>A guest that is nowhere is made on the host that is left, and what is kept when it is deleted, with a simulated libvirt and the scripts in a real shell.</summary>
public sealed class MadeAgainTests : IAsyncLifetime, IHostShells, ICpuBaseline, IGuestRendering, IDiskImages
{
    private const string Folder = "/srv/images/default_xx/.kept";
    private const string Disk = "<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' error_policy='stop'/><source file='/srv/images/root.qcow2'><seclabel model='dac' relabel='no'/></source><target dev='vda' bus='virtio'/><boot order='1'/><address type='pci' domain='0x0000' bus='0x07' slot='0x00' function='0x0'/></disk>";
    private const string Tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";

    private readonly HostRig rig = new();
    private readonly StatusApi api = new();
    private readonly Kubernetes kubernetes;
    private readonly StatusBaselines baselines = new();
    private readonly SimulatedLibvirt libvirt = new();
    private readonly StubbedMachine machine = new();
    private readonly ObjectStore<NfsStore> stores = new(HostIndexes.OfStores);
    private readonly ObjectStore<VirtualMachine> guests = Given.Stored();
    private readonly StatusWriter<VirtualMachine> writer;
    private readonly GuestCreation creation;
    private readonly VirtualMachineFinalizer finalizer;
    private readonly DomainIndex index = new();
    private int rendered;

    public MadeAgainTests()
    {
        kubernetes = new Kubernetes(new KubernetesClientConfiguration { Host = "http://api.invalid" }, api);
        var client = new EntityClient(kubernetes, rig.Clock);
        writer = new StatusWriter<VirtualMachine>(client, guests, baselines, rig.Clock);
        var hosts = new ObjectStore<KvmHost>(HostIndexes.OfHosts);
        hosts.Put(Ready(), out _);
        stores.Put(Store(), out _);
        var connections = HostRig.Connections(HostRig.Secrets(), this, rig.Clock);
        var domains = new LibvirtDomains(new HostLibvirts(new GivenConnection(libvirt.Connection), NullLogger<HostLibvirts>.Instance), new VirshDomains());
        var (pools, memory, gate, kept) = (new PoolViews(hosts), new GuestMemory(rig.Clock), new PlacementGate(rig.Clock), new KeptGuests());
        var guestHosts = new GuestHosts(connections, domains, rig.Observations, index, pools, hosts, rig.WokenHosts, rig.Clock);
        var (guestStores, files, jobs) = (new GuestStores(stores), new GuestFiles(guests), new InlineJobs());
        var users = new FileUsers(guests, stores, hosts, index);
        var disks = new DiskCreation(this, null!, jobs, users, memory, guests, stores, guestHosts, rig.Observations, client);
        var loads = new HostLoads(rig.Observations, guests, new ObjectStore<VmMigration>(MoveIndexes.All), gate);
        var places = new GuestPlaces(pools, loads, new StoreAccessView(stores), rig.Observations, hosts);
        var keeping = new DefinitionKeeping(domains, kept, memory, rig.Observations);
        var power = new GuestPower(guestHosts, guestStores, memory, disks, new DomainChanges(domains, this, kept), keeping, domains, gate, places, files, rig.Observations, hosts, rig.Clock);
        creation = new GuestCreation(
            guestHosts, guestStores, memory, power, gate, places, pools, new PoolCpuModels(connections, this), disks, domains, this, kept, keeping, rig.Observations);
        finalizer = new VirtualMachineFinalizer(
            guestHosts, domains, disks, this, kept, keeping, guestStores, stores, files, users, new ObjectStore<VmMigration>(MoveIndexes.All), writer, rig, rig.Clock);
        machine.Stub("mountpoint", "exit 0");
        Directory.CreateDirectory(machine.Path("/srv/images"));
        Directory.CreateDirectory(machine.Path("/var/lib/libvirt/swtpm"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await libvirt.OpenAsync(Token);
        rig.Look = _ => Given.Host() with { Stores = [new StoreProbe("/srv/images", Answers: true, 100, 50, string.Empty)] };
        await rig.Observations.LookAsync("node1", machine, null, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await libvirt.DisposeAsync();
        kubernetes.Dispose();
        machine.Dispose();
        rig.Dispose();
    }

    [Fact]
    public async Task A_guest_of_a_lost_host_is_made_from_what_was_kept_and_virt_install_is_not_asked()
    {
        machine.Write($"{Folder}/domain.xml", Definition());

        var guest = await AdvanceAsync(Guest());

        var domain = XElement.Parse(Assert.Single(libvirt.Domains).Xml);
        Assert.Equal("pc-q35-5.2", (string?)domain.Element("os")?.Element("type")?.Attribute("machine"));
        Assert.Equal("0x07", (string?)domain.Descendants("address").Single(address => (string?)address.Attribute("type") == "pci").Attribute("bus"));
        Assert.Equal("EPYC", (string?)domain.Element("cpu")?.Element("model"));
        Assert.Equal(DomainState.Running, libvirt.Domains[0].State);
        Assert.Equal(0, rendered);
        Assert.Equal("Running", guest.Status!.Phase);
        Assert.Contains(rig.Events, told => told.Contains(VirtualMachineReasons.MadeAgain, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_spec_says_otherwise_by_then_is_applied_before_the_start()
    {
        machine.Write($"{Folder}/domain.xml", Definition());
        var guest = Guest();
        guest.Spec = guest.Spec with { Vcpus = 2 };

        await AdvanceAsync(guest);

        var changes = libvirt.Changes.Select(change => change.Split(' ')[0]).ToList();
        Assert.InRange(changes.IndexOf("DomainSetVcpusFlags"), changes.IndexOf("DomainDefineXmlFlags") + 1, changes.IndexOf("DomainCreateWithFlags") - 1);
    }

    [Fact]
    public async Task A_new_guest_is_kept_as_soon_as_it_is_defined()
    {
        await AdvanceAsync(Guest());

        Assert.Equal(1, rendered);
        Assert.Contains("pc-q35-7.2", machine.Read($"{Folder}/domain.xml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_whose_TPM_is_older_waits_until_a_person_accepts_that_and_gets_it_then()
    {
        var state = $"/var/lib/libvirt/swtpm/{Given.Identity.Uuid}/tpm2";
        var kept = new KeptGuests();
        machine.Write(state, "sealed");
        await kept.KeepAsync(machine, Folder, KeptDefinition.Of(Definition(Tpm)), TpmUse.Starting, Token);
        machine.Write(state, "another guest's, of long ago");

        var waits = await AdvanceAsync(Guest());

        Assert.Empty(libvirt.Domains);
        var defined = waits.Status!.Conditions.Single(condition => condition.Type == VirtualMachineConditions.Defined);
        Assert.Equal(("False", VirtualMachineReasons.TpmStateOlder), (defined.Status, defined.Reason));
        var word = defined.Message.Split(' ')[^1].Split('=');

        var accepting = Guest();
        accepting.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [word[0]] = word[1] };
        await AdvanceAsync(accepting);

        Assert.Equal(DomainState.Running, Assert.Single(libvirt.Domains).State);
        Assert.Equal("sealed", machine.Read(state));
        Assert.True((await kept.ReadAsync(machine, Folder, Token))!.HasRunSince);
    }

    [Fact]
    public async Task A_guest_that_was_adopted_and_is_applied_again_is_that_one()
    {
        var byHand = new DomainIdentity("default", "xx", Guid.Parse("11111111-2222-3333-4444-555555555555"));
        machine.Write($"{Folder}/domain.xml", Definition(name: "byhand", uuid: byHand.Uuid));

        var known = await AdvanceAsync(Guest());
        Assert.Equal((byHand.Uuid.ToString(), "byhand"), (known.Status!.DomainUuid, known.Status.DomainName));
        Assert.Empty(libvirt.Domains);

        await AdvanceAsync(known);

        var domain = Assert.Single(libvirt.Domains);
        Assert.Equal(("byhand", byHand.Uuid), (domain.Name, domain.Uuid));
        Assert.Equal("qemu64", (string?)XElement.Parse(domain.Xml).Element("cpu")?.Element("model"));
    }

    [Fact]
    public async Task A_domain_that_is_to_be_adopted_and_was_the_guests_before_is_known_to_be_kept()
    {
        var uuid = Guid.Parse("11111111-2222-3333-4444-555555555555");
        var guest = Guest();
        guest.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.AdoptDomain] = uuid.ToString() };
        Assert.False(await creation.IsKeptAsync(guest, Token));

        machine.Write($"{Folder}/domain.xml", Definition());
        Assert.False(await creation.IsKeptAsync(guest, Token));

        machine.Write($"{Folder}/domain.xml", Definition(name: "byhand", uuid: uuid));
        Assert.True(await creation.IsKeptAsync(guest, Token));
    }

    [Theory]
    [InlineData(DeletionPolicy.Retain)]
    [InlineData(DeletionPolicy.Delete)]
    public async Task A_guest_that_is_deleted_is_kept_as_it_was_last_or_nothing_of_it_is_left(DeletionPolicy policy)
    {
        var domain = libvirt.Add(Given.Identity, "<watchdog model='i6300esb'/>" + Tpm);
        machine.Write($"/var/lib/libvirt/swtpm/{Given.Identity.Uuid}/tpm2", "sealed");
        machine.Write($"{Folder}/domain.xml", Definition());
        machine.Write($"{Folder}/tpm-has-run", string.Empty);
        index.Update("node1", [Given.Domain(DomainState.ShutOff)], 1);
        var guest = Guest();
        guest.Spec = guest.Spec with { DeletionPolicy = policy };
        guest.Status = guest.Status! with { Host = "node1" };
        guest.Metadata.DeletionTimestamp = DateTime.UnixEpoch;

        var result = await finalizer.FinalizeAsync(baselines.PrivateCopyOf(guest), Token);

        Assert.True(result is { IsSuccess: true, RequeueAfter: null });
        Assert.DoesNotContain(domain, libvirt.Domains);
        if (policy == DeletionPolicy.Delete)
        {
            Assert.False(Directory.Exists(machine.Path(Folder)));
            return;
        }

        var kept = (await new KeptGuests().ReadAsync(machine, Folder, Token))!;
        Assert.Contains("i6300esb", kept.Definition, StringComparison.Ordinal);
        Assert.False(kept.HasRunSince);
        Assert.NotNull(kept.TpmStateTime);
    }

    IHostShell IHostShells.Get(HostConnectionSettings settings) => machine;

    ValueTask IHostShells.ForgetAsync(string name) => ValueTask.CompletedTask;

    ValueTask IHostShells.CloseAllAsync() => ValueTask.CompletedTask;

    Task<string> ICpuBaseline.ReadHostCpuAsync(IHostShell host, CancellationToken cancellationToken) => Task.FromResult("<cpu/>");

    Task<string> ICpuBaseline.ComputeAsync(IHostShell host, IReadOnlyCollection<string> hostCpus, CancellationToken cancellationToken) => Task.FromResult("<cpu mode='custom'><model>EPYC</model></cpu>");

    Task<string?> ICpuBaseline.FindIncompatibilityAsync(IHostShell host, string cpuXml, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    Task<string?> IGuestRendering.RenderAsync(IHostShell host, GuestDefinition guest, CancellationToken cancellationToken)
    {
        rendered++;
        return Task.FromResult<string?>(Definition().Replace("pc-q35-5.2", "pc-q35-7.2", StringComparison.Ordinal));
    }

    Task<DiskWork> IDiskImages.CreateAsync(IHostShell host, JobName name, DiskScope scope, IReadOnlyList<DiskPlan> disks, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<IReadOnlyList<DiskInfo?>> IDiskImages.ReadAsync(IHostShell host, DiskScope scope, IReadOnlyList<DiskFile> disks, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DiskInfo?>>([.. disks.Select(disk => new DiskInfo(disk.Format, 1L << 30, 1L << 20, null))]);

    Task<IReadOnlyList<string>> IDiskImages.ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    Task IDiskImages.GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IDiskImages.DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IDiskImages.DeletePartsAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) => Task.CompletedTask;

    Task IDiskImages.DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken) => Task.CompletedTask;

    private static KvmHost Ready()
    {
        var host = HostRig.Host();
        host.Status = new KvmHostStatus
        {
            Capacity = new HostCapacity { AllocatableCpus = 64, AllocatableMemoryBytes = 64L << 30 },
            Conditions = [.. new[] { CommonConditions.Ready, KvmHostConditions.VirtualizationReady }.Select(type => new V1Condition { Type = type, Status = "True", Reason = CommonReasons.AsExpected })],
        };
        return host;
    }

    private static NfsStore Store()
    {
        var store = SpecSamples.Store;
        store.Spec = store.Spec with { MountPath = "/srv/images" };
        store.Status = new NfsStoreStatus { Mounts = [new StoreMount { Host = "node1", Ready = true }] };
        return store;
    }

    /// <summary>As it is written down of a guest whose host, node2, is gone.</summary>
    private static VirtualMachine Guest() => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Uid = "uid", Generation = 1 },
        Spec = Given.Spec() with
        {
            Vcpus = 1,
            Disks = [new VirtualMachineDisk { Name = "root", StoreRef = SpecSamples.Named("images"), Source = new KvmOperator.Api.VirtualMachines.DiskSource { Existing = "root.qcow2" } }],
            Networks = [new VirtualMachineNetwork { Network = "default", Mac = "52:54:00:00:00:01" }],
        },
        Status = new VirtualMachineStatus { Host = "node2", StartTime = DateTime.UnixEpoch },
    };

    private static string Definition(string devices = "", string? name = null, Guid? uuid = null) =>
        $"<domain type='kvm'><name>{name ?? Given.Identity.DomainName}</name><uuid>{uuid ?? Given.Identity.Uuid}</uuid><metadata>{Given.Owner.ToXml()}</metadata><memory>262144</memory><currentMemory>262144</currentMemory><vcpu current='1'>4</vcpu>"
        + $"<os><type arch='x86_64' machine='pc-q35-5.2'>hvm</type></os><cpu mode='custom'><model>qemu64</model></cpu><devices>{Disk}<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>{devices}</devices></domain>";

    /// <summary>One pass over a guest that is nowhere; answers it with what was written down.</summary>
    private async Task<VirtualMachine> AdvanceAsync(VirtualMachine guest)
    {
        var copy = baselines.PrivateCopyOf(guest);
        var conditions = new ConditionList(copy.Status!.Conditions, VirtualMachineConditions.All, copy.Metadata.Generation, rig.Clock);
        await creation.AdvanceAsync(new GuestPass(copy, copy.Status, conditions, writer, rig, rig.Clock), Token);
        return copy;
    }
}
