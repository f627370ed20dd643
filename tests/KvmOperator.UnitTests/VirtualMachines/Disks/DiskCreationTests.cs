using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Runtime.Informers;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
using KvmOperator.VirtualMachines.Places;
using Xunit;
using ApiDiskSource = KvmOperator.Api.VirtualMachines.DiskSource;

namespace KvmOperator.UnitTests.VirtualMachines.Disks;

/// <summary>How many commands the disks of a guest take, and in which order they are made, with a fake store.</summary>
public sealed class DiskCreationTests : IDisposable, IDiskImages, ICloudInitImages
{
    private const string Root = "/var/lib/libvirt/images/default_xx/root.qcow2";
    private const string Data = "/var/lib/libvirt/images/default_xx/data.qcow2";

    private readonly HostRig rig = new();
    private readonly StubbedMachine machine = new();
    private readonly InlineJobs jobs = new();
    private readonly ObjectStore<VirtualMachine> machines = Given.Stored();
    private readonly ObjectStore<NfsStore> stores = new([]);
    private readonly DiskCreation creation;
    private readonly Dictionary<string, DiskInfo> there = new(StringComparer.Ordinal);
    private readonly List<string> done = [];

    public DiskCreationTests()
    {
        stores.Put(SpecSamples.Store, out _);
        var hosts = new ObjectStore<KvmHost>(HostIndexes.OfHosts);
        var guestHosts = new GuestHosts(null!, new VirshDomains(), rig.Observations, new DomainIndex(), new PoolViews(hosts), hosts, rig.WokenHosts, rig.Clock);
        creation = new DiskCreation(this, this, jobs, new GuestFiles(machines), machines, stores, guestHosts, rig.Observations, null!);
    }

    /// <summary>How far the job comes.</summary>
    private JobPhase Phase { get; set; } = JobPhase.Succeeded;

    /// <summary>The disks that the job makes; null for those that it is asked for.</summary>
    private IReadOnlyList<string>? Makes { get; set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        machine.Dispose();
        rig.Dispose();
    }

    [Fact]
    public async Task A_new_guests_disks_take_one_command_and_cloud_inits_image_is_made_beside_them()
    {
        var guest = Guest(Disk("root"), Disk("data"));
        guest.Spec = guest.Spec with { CloudInit = new CloudInit { UserData = "#cloud-config" } };

        var ready = Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(guest));

        Assert.Equal([Root, Data], ready.Disks.Select(disk => disk.Path));
        Assert.Equal(["cloud-init", "cloud-init exists", $"create {Root} {Data}"], done.Order(StringComparer.Ordinal));
        Assert.Empty(jobs.Forgotten);
        await creation.ForgetAsync(machine, ready, Token);
        Assert.Equal("kvmop-disk-uid", Assert.Single(jobs.Forgotten).Unit);
    }

    [Fact]
    public async Task While_the_disks_are_made_it_is_said_which_and_how_far()
    {
        Phase = JobPhase.Running;

        var running = Assert.IsType<DiskCreationResult.Running>(await AdvanceAsync(Guest(Disk("root"), Disk("data"))));

        Assert.Equal("disk data is being made: 40 %", running.Message);
    }

    [Fact]
    public async Task A_job_that_failed_is_forgotten_so_that_it_can_be_tried_again()
    {
        Phase = JobPhase.Failed;

        var failed = Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(Guest(Disk("root"), Disk("data"))));

        Assert.Equal("disk data cannot be made: No space left on device. Check spec.disks and the store.", failed.Message);
        Assert.Single(jobs.Forgotten);
    }

    [Fact]
    public async Task A_clone_begins_a_job_of_its_own_since_its_origin_must_be_off_then()
    {
        var origin = Guest(Disk("root"));
        origin.Metadata.Name = "origin";
        origin.Metadata.Uid = "other";
        machines.Put(origin, out _);
        var guest = Guest(Disk("root"), Disk("data") with { Source = new ApiDiskSource { CloneOf = new CloneSource { VirtualMachine = "origin", Disk = "root" } } });

        var running = Assert.IsType<DiskCreationResult.Running>(await AdvanceAsync(guest));
        guest.Status = new VirtualMachineStatus { Disks = running.Made };
        Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(guest));

        Assert.Equal([$"create {Root}", $"create {Data}"], done.Where(one => one.StartsWith("create", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_job_that_made_what_was_wanted_before_is_forgotten_and_the_rest_is_made_next()
    {
        Makes = [Root];

        Assert.IsType<DiskCreationResult.Running>(await AdvanceAsync(Guest(Disk("root"), Disk("data"))));

        Assert.Single(jobs.Forgotten);
        Makes = null;
        Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(Guest(Disk("root"), Disk("data"))));
    }

    [Fact]
    public async Task A_disk_behind_one_that_cannot_be_made_is_not_made_and_those_before_it_are_counted()
    {
        var guest = Guest(Disk("root"), Disk("mine") with { Source = new ApiDiskSource { Existing = "mine.qcow2" } }, Disk("data"));

        var failed = Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(guest));

        Assert.Contains("there is no file mine.qcow2", failed.Message, StringComparison.Ordinal);
        Assert.Equal(["root"], failed.Made.Select(disk => disk.Name));
    }

    Task<DiskWork> IDiskImages.CreateAsync(IHostShell host, JobName name, IReadOnlyList<DiskPlan> disks, CancellationToken cancellationToken)
    {
        done.Add($"create {string.Join(' ', disks.Select(disk => disk.Path))}");
        var work = new DiskWork(Phase, Phase == JobPhase.Failed ? "No space left on device" : string.Empty) { Path = disks[^1].Path, Percent = 40 };
        if (Phase == JobPhase.Succeeded)
        {
            foreach (var disk in disks.Where(disk => Makes?.Contains(disk.Path) != false))
            {
                there[disk.Path] = new DiskInfo(disk.Format, 1L << 30, 0, null);
            }

            work = work with { Made = there.Where(pair => disks.Any(disk => disk.Path == pair.Key)).ToDictionary(StringComparer.Ordinal) };
        }

        return Task.FromResult(work);
    }

    Task<IReadOnlyList<DiskInfo?>> IDiskImages.ReadAsync(IHostShell host, IReadOnlyList<(string Path, string Format)> disks, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DiskInfo?>>([.. disks.Select(disk => there.GetValueOrDefault(disk.Path))]);

    Task<bool> ICloudInitImages.ExistsAsync(IHostShell host, string path, CancellationToken cancellationToken)
    {
        done.Add("cloud-init exists");
        return Task.FromResult(false);
    }

    Task ICloudInitImages.CreateAsync(IHostShell host, string path, CloudInitData data, CancellationToken cancellationToken)
    {
        done.Add("cloud-init");
        return Task.CompletedTask;
    }

    Task<IReadOnlyList<string>> IDiskImages.ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static VirtualMachineDisk Disk(string name) => new() { Name = name, StoreRef = SpecSamples.Named("images"), Size = new ResourceQuantity("1Gi") };

    private static VirtualMachine Guest(params IReadOnlyList<VirtualMachineDisk> disks) => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Uid = "uid" },
        Spec = Given.Spec() with { Disks = disks },
    };

    private async Task<DiskCreationResult> AdvanceAsync(VirtualMachine guest)
    {
        rig.Look = _ => Given.Host() with { Stores = [new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, 50, string.Empty)] };
        await rig.Observations.LookAsync("node1", rig, [], Token);
        return await creation.AdvanceAsync(machine, guest, new Dictionary<string, NfsStore>(StringComparer.Ordinal) { ["images"] = SpecSamples.Store }, runs: false, Token);
    }
}
