using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Informers;
using KvmOperator.Status;
using KvmOperator.UnitTests.Api;
using KvmOperator.UnitTests.Hosts;
using KvmOperator.UnitTests.KvmHosts;
using KvmOperator.VirtualMachines;
using KvmOperator.VirtualMachines.Disks;
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
    private readonly DomainIndex domains = new();
    private readonly DiskCreation creation;
    private readonly Dictionary<string, DiskInfo> there = new(StringComparer.Ordinal);
    private readonly List<string> done = [];
    private readonly List<DiskFile> asked = [];
    private readonly List<string> marks = [];

    public DiskCreationTests()
    {
        stores.Put(SpecSamples.Store, out _);
        var hosts = new ObjectStore<KvmHost>(HostIndexes.OfHosts);
        var guestHosts = new GuestHosts(null!, new VirshDomains(), rig.Observations, domains, new PoolViews(hosts), hosts, rig.WokenHosts, rig.Clock);
        creation = new DiskCreation(this, this, jobs, new FileUsers(machines, stores, hosts, domains), new GuestMemory(rig.Clock), machines, stores, guestHosts, rig.Observations, null!);
    }

    /// <summary>How far the job comes.</summary>
    private JobPhase Phase { get; set; } = JobPhase.Succeeded;

    /// <summary>What is free in the store, of a hundred.</summary>
    private long Free { get; set; } = 50;

    /// <summary>What cloud-init's image was made from; null for none.</summary>
    private string? Mark { get; set; }

    /// <summary>Whether a failed job found something in its way before it wrote anything.</summary>
    private bool IsRefused { get; set; }

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

        Assert.StartsWith("disk data cannot be made: No space left on device. Check spec.disks and the store. It is tried again at 00:01:00 UTC", failed.Message, StringComparison.Ordinal);
        Assert.Single(jobs.Forgotten);
    }

    [Fact]
    public async Task A_copy_that_broke_off_is_not_made_again_and_again_unless_something_was_changed()
    {
        Phase = JobPhase.Failed;
        var guest = Guest(Disk("root"));
        var first = Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(guest));

        rig.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(first.Message, Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(guest)).Message);
        Assert.Single(done);

        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await AdvanceAsync(guest);
        Assert.Equal(2, done.Count);
        rig.Clock.Advance(TimeSpan.FromSeconds(61));
        await AdvanceAsync(guest);
        Assert.Equal(2, done.Count);

        guest.Metadata.Generation = 2;
        Phase = JobPhase.Succeeded;
        Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(guest));
    }

    [Fact]
    public async Task What_was_refused_before_anything_was_written_is_asked_again_soon()
    {
        (Phase, IsRefused) = (JobPhase.Failed, true);
        var guest = Guest(Disk("root"));
        await AdvanceAsync(guest);
        await AdvanceAsync(guest);

        Assert.Equal(2, done.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disk_that_was_there_and_is_gone_is_a_loss_and_is_not_made_anew(bool isKnownByDomainAlone)
    {
        var guest = Guest(Disk("root"), Disk("data"));
        var ready = Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(guest));
        if (isKnownByDomainAlone)
        {
            domains.Update("node1", [Given.Domain(DomainState.ShutOff) with { DiskPaths = [Root, Data] }], 1);
        }
        else
        {
            guest.Status = new VirtualMachineStatus { Disks = ready.Disks };
        }

        there.Remove(Data);
        done.Clear();
        var failed = Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(guest));

        Assert.StartsWith($"disk data: its file {Data} was there and is gone, and it is not made anew", failed.Message, StringComparison.Ordinal);
        Assert.Equal(["root"], failed.Made.Select(disk => disk.Name));
        Assert.Empty(done);
    }

    [Fact]
    public async Task A_file_that_must_not_be_used_is_told_and_given_to_nobody()
    {
        there["/var/lib/libvirt/images/mine.qcow2"] = new DiskInfo("qcow2", 0, 0, null) { Refusal = "/etc/shadow lies outside of the stores of the pool: copy it into a store" };

        var failed = Assert.IsType<DiskCreationResult.Failed>(await AdvanceAsync(Guest(Disk("mine") with { Source = new ApiDiskSource { Existing = "mine.qcow2" } })));

        Assert.StartsWith("disk mine is not used: /etc/shadow lies outside", failed.Message, StringComparison.Ordinal);
        Assert.Empty(failed.Made);
        Assert.True(Assert.Single(asked).IsForeign);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public async Task A_store_that_is_nearly_full_takes_no_new_disks(long free, bool allowed)
    {
        Free = free;

        var result = await AdvanceAsync(Guest(Disk("root")));

        Assert.Equal(allowed, result is DiskCreationResult.Ready);
        Assert.Equal(allowed, done.Count > 0);
        Assert.True(allowed || ((DiskCreationResult.Waiting)result).Message.StartsWith("disk root: the store images is nearly full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_is_being_made_while_the_store_fills_is_followed_to_its_end()
    {
        Free = 4;
        await jobs.StartAsync(machine, new JobName("disk", "uid"), ["true"], new JobOptions(), Token);

        Assert.IsType<DiskCreationResult.Ready>(await AdvanceAsync(Guest(Disk("root"))));
    }

    [Theory]
    [InlineData(null, true, "cloud-init")]
    [InlineData("old", true, "cloud-init replaced")]
    [InlineData("old", false, null)]
    public async Task A_guest_that_begins_anew_reads_what_is_wanted_today_and_any_other_what_it_had(string? mark, bool beginsAnew, string? made)
    {
        var guest = Guest(Disk("root"));
        guest.Spec = guest.Spec with { CloudInit = new CloudInit { UserData = "#cloud-config" } };
        if (!beginsAnew)
        {
            there[Root] = new DiskInfo("qcow2", 1L << 30, 0, null);
            guest.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "root", Path = Root, VirtualBytes = 1L << 30 }] };
        }

        Mark = mark;
        await AdvanceAsync(guest);

        Assert.Equal(made, done.FirstOrDefault(one => one.StartsWith("cloud-init", StringComparison.Ordinal) && one != "cloud-init exists"));
    }

    [Fact]
    public async Task The_same_data_for_cloud_init_is_not_made_twice()
    {
        var guest = Guest(Disk("root"));
        guest.Spec = guest.Spec with { CloudInit = new CloudInit { UserData = "#cloud-config" } };
        await AdvanceAsync(guest);
        Mark = Assert.Single(marks);
        await AdvanceAsync(guest);

        Assert.Single(done, "cloud-init");
        Assert.DoesNotContain("cloud-init replaced", done);
    }

    [Fact]
    public async Task Data_for_cloud_init_that_are_changed_after_the_guest_has_read_them_are_told_and_the_host_is_asked_once_a_change()
    {
        var guest = Guest(Disk("root"));
        guest.Metadata.Generation = 1;
        guest.Spec = guest.Spec with { CloudInit = new CloudInit { UserData = "#cloud-config" } };
        await AdvanceAsync(guest);
        Mark = Assert.Single(marks);
        Assert.Equal("True", (await TellCloudInitAsync(guest)).Status);

        guest.Metadata.Generation = 2;
        guest.Spec = guest.Spec with { CloudInit = new CloudInit { UserData = "#cloud-config\npackages: [vim]" } };
        done.Clear();
        var changed = await TellCloudInitAsync(guest);
        Assert.Equal(("False", VirtualMachineReasons.CloudInitChanged), (changed.Status, changed.Reason));
        Assert.Contains("Change it inside the guest", changed.Message, StringComparison.Ordinal);
        Assert.Equal("False", (await TellCloudInitAsync(guest)).Status);
        Assert.Single(done, "cloud-init exists");
        Assert.Single(rig.Events, told => told.Contains(VirtualMachineReasons.CloudInitChanged, StringComparison.Ordinal));

        guest.Metadata.Generation = 3;
        Mark = string.Empty;
        Assert.Equal("Unknown", (await TellCloudInitAsync(guest)).Status);
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

    Task<DiskWork> IDiskImages.CreateAsync(IHostShell host, JobName name, DiskScope scope, IReadOnlyList<DiskPlan> disks, CancellationToken cancellationToken)
    {
        done.Add($"create {string.Join(' ', disks.Select(disk => disk.Path))}");
        var work = new DiskWork(Phase, Phase == JobPhase.Failed ? "No space left on device" : string.Empty) { Path = disks[^1].Path, Percent = 40, IsRefused = IsRefused };
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

    Task<IReadOnlyList<DiskInfo?>> IDiskImages.ReadAsync(IHostShell host, DiskScope scope, IReadOnlyList<DiskFile> disks, CancellationToken cancellationToken)
    {
        asked.AddRange(disks);
        return Task.FromResult<IReadOnlyList<DiskInfo?>>([.. disks.Select(disk => there.GetValueOrDefault(disk.Path))]);
    }

    Task<string?> ICloudInitImages.ReadMarkAsync(IHostShell host, string path, CancellationToken cancellationToken)
    {
        done.Add("cloud-init exists");
        return Task.FromResult(Mark);
    }

    Task ICloudInitImages.CreateAsync(IHostShell host, string path, CloudInitData data, bool isReplaced, CancellationToken cancellationToken)
    {
        done.Add(isReplaced ? "cloud-init replaced" : "cloud-init");
        marks.Add(data.Mark);
        return Task.CompletedTask;
    }

    Task IDiskImages.DeletePartsAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<IReadOnlyList<string>> IDiskImages.ReadBackingFilesAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.GrowAsync(IHostShell host, string path, string format, long bytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.GiveToQemuAsync(IHostShell host, IEnumerable<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.DeleteAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task IDiskImages.DeleteFolderAsync(IHostShell host, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>What is said of cloud-init's data in one pass, which is kept.</summary>
    private async Task<V1Condition> TellCloudInitAsync(VirtualMachine guest)
    {
        var status = guest.Status ?? new VirtualMachineStatus();
        var conditions = new ConditionList(status.Conditions, VirtualMachineConditions.All, guest.Metadata.Generation, rig.Clock);
        var ofDisks = new Dictionary<string, NfsStore>(StringComparer.Ordinal) { ["images"] = SpecSamples.Store };
        await CloudInitReports.TellAsync(new GuestPass(guest, status, conditions, null!, rig, rig.Clock), creation, machine, ofDisks, isMade: false, Token);
        guest.Status = status with { Conditions = conditions.ToList() };
        return guest.Status.Conditions.Single(condition => condition.Type == VirtualMachineConditions.CloudInitCurrent);
    }

    private static VirtualMachineDisk Disk(string name) => new() { Name = name, StoreRef = SpecSamples.Named("images"), Size = new ResourceQuantity("1Gi") };

    private static VirtualMachine Guest(params IReadOnlyList<VirtualMachineDisk> disks) => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Uid = "uid" },
        Spec = Given.Spec() with { Disks = disks },
    };

    private async Task<DiskCreationResult> AdvanceAsync(VirtualMachine guest)
    {
        rig.Look = _ => Given.Host() with { Stores = [new StoreProbe(SpecSamples.Store.Spec.MountPath, Answers: true, 100, Free, string.Empty)] };
        await rig.Observations.LookAsync("node1", rig, [], Token);
        return await creation.AdvanceAsync(machine, guest, new Dictionary<string, NfsStore>(StringComparer.Ordinal) { ["images"] = SpecSamples.Store }, runs: false, Token);
    }
}
