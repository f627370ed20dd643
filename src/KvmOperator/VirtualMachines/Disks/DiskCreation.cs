using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Inventory.Guests;
using KvmOperator.Inventory.Observations;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using DiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Makes a guest's disks on a host, in a job that outlives the operator, and beside it what cloud-init reads.</summary>
internal sealed class DiskCreation(
    IDiskImages images,
    ICloudInitImages cloudInitImages,
    IHostJobs jobs,
    FileUsers users,
    GuestMemory memory,
    IEntityStore<VirtualMachine> machines,
    IEntityStore<NfsStore> nfsStores,
    GuestHosts hosts,
    HostObservations observations,
    EntityClient client)
{
    /// <summary>Goes on with the disks, and grows those of a guest that is off. Every exception of <see cref="IDiskImages"/> applies.</summary>
    /// <param name="host">The host to work on.</param>
    /// <param name="machine">The guest.</param>
    /// <param name="stores">The stores of its disks.</param>
    /// <param name="runs">Whether it runs, so that its disks are QEMU's to change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is known of the disks: also of those behind one that cannot be made.</returns>
    public async Task<DiskCreationResult> AdvanceAsync(IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, bool runs, CancellationToken cancellationToken)
    {
        if ((GuestStores.Silent(host.Name, stores.Values, observations.Find(host.Name)) ?? Refuse(machine)) is { } refusal)
        {
            return new DiskCreationResult.Waiting(refusal);
        }

        var (found, plans, unfinished) = await FindAsync(host, machine, stores, cancellationToken);

        // A guest whose first disk begins anew has its first start before it, and reads what is wanted today.
        var beginsAnew = plans.Any(one => one.Disk.Name == machine.Spec.Disks[0].Name);
        var cloudInit = unfinished is null ? CloudInitAsync(host, machine, stores, beginsAnew, cancellationToken) : Task.FromResult<(string? Missing, bool IsMade)>((null, false));
        var making = MakeAsync(host, machine, plans, stores, cancellationToken);
        await Task.WhenAll(cloudInit, making);
        var (made, ended, begun) = await making;
        unfinished = begun ?? unfinished;
        var disks = new List<VirtualMachineDiskStatus>();
        foreach (var (disk, path, there) in found)
        {
            if ((there ?? made.GetValueOrDefault(path)) is { Refusal: null } info)
            {
                disks.Add(Status(disk, path, await GrownAsync(host, disk, path, info, runs, cancellationToken)));
            }
        }

        var (missing, isMade) = await cloudInit;
        if (unfinished is null && missing is not null)
        {
            unfinished = new DiskCreationResult.Waiting(missing);
        }

        if (unfinished is null)
        {
            return new DiskCreationResult.Ready(disks) { Ended = ended, HasMadeCloudInit = isMade };
        }

        await ForgetAsync(host, ended, cancellationToken);
        return unfinished with { Made = disks };
    }

    /// <summary>Removes what the host keeps of the job that made a guest's disks. It can be done beside whatever comes next; without it the next disks of the guest are made one pass later.</summary>
    public Task ForgetAsync(IHostShell host, DiskCreationResult.Ready ready, CancellationToken cancellationToken) => ForgetAsync(host, ready.Ended, cancellationToken);

    /// <summary>Why a guest may not have a file that it names, and what to do; null when it may.</summary>
    public string? Refuse(VirtualMachine machine) => users.Refuse(machine);

    /// <summary>What is there, what is to be made now, and why the first of the others cannot be made yet; null when it can.</summary>
    private async Task<(IReadOnlyList<(VirtualMachineDisk Disk, string Path, DiskInfo? Info)> Found, IReadOnlyList<(VirtualMachineDisk Disk, DiskPlan Plan)> Plans, DiskCreationResult? Unfinished)> FindAsync(
        IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        var disks = machine.Spec.Disks.Select(disk => (Disk: disk, Path: GuestDisks.Path(machine.Identity(), disk, stores[disk.StoreRef.Name]))).ToList();

        // Of a disk that nobody has heard of nothing is read: its job leaves a file alone that is there all the same.
        var had = disks.Where(pair => users.HasIt(machine, pair.Path)).Select(pair => pair.Disk.Name).ToHashSet(StringComparer.Ordinal);
        var known = disks.Where(pair => had.Contains(pair.Disk.Name) || !IsNew(machine, pair.Disk)).ToList();
        var files = known.Select(pair => File(pair.Disk, pair.Path, had.Contains(pair.Disk.Name))).ToList();
        var read = await images.ReadAsync(host, Scope(machine), files, cancellationToken);
        var infos = known.Zip(read).ToDictionary(pair => pair.First.Disk.Name, pair => pair.Second, StringComparer.Ordinal);
        var found = disks.Select(pair => (pair.Disk, pair.Path, Info: infos.GetValueOrDefault(pair.Disk.Name))).ToList();
        if (found.Where(one => one is { Disk.Source.Existing: not null, Info: { Refusal: null } }).Select(one => one.Path).ToList() is { Count: > 0 } existing)
        {
            await images.GiveToQemuAsync(host, existing, cancellationToken);
        }

        var plans = new List<(VirtualMachineDisk Disk, DiskPlan Plan)>();
        foreach (var (disk, path, info) in found.Where(one => one.Info is not { Refusal: null }))
        {
            if (info?.Refusal is { } refusal)
            {
                return (found, plans, new DiskCreationResult.Failed($"disk {disk.Name} is not used: {refusal}"));
            }

            if (had.Contains(disk.Name))
            {
                return (found, plans, new DiskCreationResult.Failed(Lost(disk, path)));
            }

            // One after the other, as the spec has them. The one that is cloned must be off when the copy begins, and nobody looks any more when a job has come to its second disk.
            if (disk.Source?.CloneOf is not null && plans.Count > 0)
            {
                return (found, plans, new DiskCreationResult.Running($"disk {disk.Name} is made next"));
            }

            var (plan, obstacle) = Plan(machine, disk, stores[disk.StoreRef.Name]);
            if (plan is null)
            {
                return (found, plans, obstacle);
            }

            plans.Add((disk, plan));
        }

        return (found, plans, null);
    }

    /// <summary>A disk that was there and is gone is a loss, which nobody would notice if it were made anew: a person says what is to become of it.</summary>
    private static string Lost(VirtualMachineDisk disk, string path) =>
        $"disk {disk.Name}: its file {path} was there and is gone, and it is not made anew: put the file back (on the store's server, look whether its own disk is mounted). "
        + $"If the content may be lost: take the disk out of spec.disks, and add it again when it is gone from status.disks; the only disk of a guest is made anew when the VirtualMachine is deleted (deletionPolicy: Retain) and applied again.";

    /// <summary>How a disk is made that is not there, or what it waits for.</summary>
    private (DiskPlan? Plan, DiskCreationResult? Obstacle) Plan(VirtualMachine machine, VirtualMachineDisk disk, NfsStore store)
    {
        var (cloned, obstacle) = Cloned(machine, disk);
        if (obstacle is not null)
        {
            return (null, new DiskCreationResult.Waiting(obstacle));
        }

        if (GuestDisks.Plan(machine.Identity(), disk, store, cloned) is not { } plan)
        {
            return (null, new DiskCreationResult.Failed($"disk {disk.Name}: there is no file {disk.Source!.Existing} in the store {store.Name()}: put it there, or correct spec.disks"));
        }

        // Written down first: from then on the origin is not started.
        return plan.Source is DiskSource.Linked && LinkedGuests.IsWaiting(machine, disk) ? (null, new DiskCreationResult.Running($"disk {disk.Name} is going to be linked")) : (plan, null);
    }

    /// <summary>Goes on with the job that makes disks: what is known of those that have just become whole, the job when it has ended well, otherwise what they wait for.</summary>
    private async Task<(IReadOnlyDictionary<string, DiskInfo> Made, JobName? Ended, DiskCreationResult? Unfinished)> MakeAsync(
        IHostShell host,
        VirtualMachine machine,
        IReadOnlyList<(VirtualMachineDisk Disk, DiskPlan Plan)> plans,
        IReadOnlyDictionary<string, NfsStore> stores,
        CancellationToken cancellationToken)
    {
        var made = new Dictionary<string, DiskInfo>(StringComparer.Ordinal);
        if (plans.Count == 0)
        {
            return (made, null, null);
        }

        var subject = $"{machine.Metadata.Generation} {host.Name} {string.Join(' ', plans.Select(one => one.Plan.Path))}";
        if (memory.NextDisks(EntityKey.Of(machine), subject) is { } before)
        {
            return (made, null, new DiskCreationResult.Failed(before));
        }

        // A job that is at work goes on; it gives up by itself when the store comes near its end.
        if (plans.Select(one => stores[one.Disk.StoreRef.Name]).FirstOrDefault(store => GuestStores.IsNearlyFull(store, observations.Find(host.Name))) is { } full
            && (await jobs.ReadAsync(host, Job(machine), cancellationToken)).Phase == JobPhase.Missing)
        {
            return (made, null, new DiskCreationResult.Waiting(
                $"disk {plans.First(one => one.Disk.StoreRef.Name == full.Name()).Disk.Name}: the store {full.Name()} is nearly full, and takes no new disks (kubectl describe nfsstore {full.Name()}): make room there, or name another store"));
        }

        var work = await images.CreateAsync(host, Job(machine), Scope(machine), [.. plans.Select(one => one.Plan)], cancellationToken);
        var at = (plans.FirstOrDefault(one => one.Plan.Path == work.Path).Disk ?? plans[0].Disk).Name;
        switch (work.Phase)
        {
            case JobPhase.Running:
                return (made, null, new DiskCreationResult.Running($"disk {at} is being made{(work.Percent is { } percent ? $": {percent} %" : string.Empty)}"));
            case JobPhase.Failed:
                await ForgetAsync(host, Job(machine), cancellationToken);
                var failure = $"disk {at} cannot be made: {work.Error.TrimEnd('.')}. Check spec.disks and the store.";

                // What is refused costs nothing to ask again. A copy that broke off does: it is made again when something was changed, or after a while.
                return (made, null, new DiskCreationResult.Failed(work.IsRefused ? failure : memory.FailedDisks(EntityKey.Of(machine), subject, failure)));
        }

        memory.MadeDisks(EntityKey.Of(machine));

        foreach (var (path, info) in work.Made)
        {
            made[path] = info;
        }

        var untold = plans.Where(one => !made.ContainsKey(one.Plan.Path)).ToList();
        var read = await images.ReadAsync(host, Scope(machine), [.. untold.Select(one => File(one.Disk, one.Plan.Path, isKnown: true))], cancellationToken);
        foreach (var (one, info) in untold.Zip(read))
        {
            if (info is null)
            {
                // The job made what was wanted when it began.
                await ForgetAsync(host, Job(machine), cancellationToken);
                return (made, null, new DiskCreationResult.Running($"disk {one.Disk.Name} is made next"));
            }

            made[one.Plan.Path] = info;
        }

        return (made, Job(machine), null);
    }

    /// <summary>Grows a disk of a guest that is off to what is wanted.</summary>
    private async Task<DiskInfo> GrownAsync(IHostShell host, VirtualMachineDisk disk, string path, DiskInfo info, bool runs, CancellationToken cancellationToken)
    {
        var wanted = GuestDisks.WantedBytes(disk);
        if (runs || info.SizeBytes >= wanted)
        {
            return info;
        }

        await images.GrowAsync(host, path, GuestFileNames.Format(disk), wanted, cancellationToken);
        return info with { SizeBytes = wanted };
    }

    private Task ForgetAsync(IHostShell host, JobName? ended, CancellationToken cancellationToken) => ended is null ? Task.CompletedTask : jobs.ForgetAsync(host, ended, cancellationToken);

    /// <summary>Where the guest's files may be: in the stores of its pool, and no other namespace's folder there.</summary>
    private DiskScope Scope(VirtualMachine machine) => new(
        machine.Namespace(),
        [
            .. nfsStores.List().Where(store => store.Spec.Pool == machine.Spec.Placement.Pool && NfsStoreValidator.Validate(store).Count == 0)
                .Select(store => store.Spec.MountPath).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ]);

    private static DiskFile File(VirtualMachineDisk disk, string path, bool isKnown) => new(path, GuestFileNames.Format(disk)) { IsForeign = disk.Source?.Existing is not null && !isKnown };

    /// <summary>
    /// Whether no disk of the guest was ever made: then no host can have it running, also one that does not answer. Every exception of <see cref="IDiskImages"/> applies.
    /// </summary>
    public async Task<bool> AreAllMissingAsync(IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        // A file that is older than the guest says nothing about it.
        return machine.Spec.Disks.All(disk => disk.Source?.Existing is null)
            && (await images.ReadAsync(host, Scope(machine), Files(machine, stores), cancellationToken)).All(info => info is null);
    }

    /// <summary>Ends what still makes disks of a guest on a host, and forgets it. Every exception of <see cref="IHostJobs"/> applies.</summary>
    public async Task AbandonAsync(IHostShell host, VirtualMachine machine, CancellationToken cancellationToken)
    {
        await jobs.StopAsync(host, Job(machine), cancellationToken);
        await jobs.ForgetAsync(host, Job(machine), cancellationToken);
    }

    /// <summary>Whether nobody has heard of a disk that begins empty or as a copy of an image: no other guest has a say in it.</summary>
    private static bool IsNew(VirtualMachine machine, VirtualMachineDisk disk) =>
        disk.Source is null or { Existing: null, CloneOf: null } && machine.Status?.Disks.Any(known => known.Name == disk.Name) != true;

    /// <summary>One for all disks of a guest: what makes them must never run twice.</summary>
    private static JobName Job(VirtualMachine machine) => new("disk", machine.Uid());

    private static IReadOnlyList<DiskFile> Files(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores) =>
        [.. machine.Spec.Disks.Select(disk => File(disk, GuestDisks.Path(machine.Identity(), disk, stores[disk.StoreRef.Name]), isKnown: true))];

    /// <summary>Reads what is known of disks that are there. Every exception of <see cref="IDiskImages"/> applies.</summary>
    public async Task<IReadOnlyList<VirtualMachineDiskStatus>> ReadAsync(
        IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        var files = Files(machine, stores);
        var infos = await images.ReadAsync(host, Scope(machine), files, cancellationToken);
        return [.. machine.Spec.Disks.Select((disk, index) => Status(disk, files[index].Path, infos[index] is { Refusal: null } info ? info : null))];
    }

    private static VirtualMachineDiskStatus Status(VirtualMachineDisk disk, string path, DiskInfo? info) =>
        new() { Name = disk.Name, Path = path, VirtualBytes = info?.SizeBytes, BackingFile = info?.BackingFile, Created = disk.Source?.Existing is null };

    /// <summary>The source's disk may be in another store than its clone: every host of a pool mounts all of the pool's stores.</summary>
    private (string Path, string Format)? ClonedFile(VirtualMachine source, string diskName, string pool)
    {
        var disk = source.Spec.Disks.FirstOrDefault(disk => disk.Name == diskName);
        return disk is not null && nfsStores.Get(new EntityKey(null, disk.StoreRef.Name)) is { } store && store.Spec.Pool == pool && NfsStoreValidator.Validate(store).Count == 0
            ? (GuestDisks.Path(source.Identity(), disk, store), GuestFileNames.Format(disk))
            : null;
    }

    /// <summary>The file to clone, or why it cannot be cloned now.</summary>
    private ((string Path, string Format)? File, string? Obstacle) Cloned(VirtualMachine machine, VirtualMachineDisk disk)
    {
        if (disk.Source?.CloneOf is not { } clone)
        {
            return (null, null);
        }

        if (machines.Get(new EntityKey(machine.Namespace(), clone.VirtualMachine)) is not { } source)
        {
            return (null, $"disk {disk.Name}: there is no VirtualMachine {clone.VirtualMachine} to clone: create it, or correct spec.disks");
        }

        if (ClonedFile(source, clone.Disk, machine.Spec.Placement.Pool) is not { } file)
        {
            return (null, $"disk {disk.Name}: VirtualMachine {clone.VirtualMachine} has no disk {clone.Disk} in a store of this pool: correct spec.disks");
        }

        if (source.Metadata.DeletionTimestamp is not null)
        {
            return (file, $"disk {disk.Name}: {clone.VirtualMachine} is being deleted: correct spec.disks");
        }

        if (!hosts.AreCurrent(source))
        {
            return (file, $"disk {disk.Name}: {clone.VirtualMachine} was changed, and its host is looked at first");
        }

        var location = hosts.Locate(source);
        return location.Running.Count > 0 || location.Unknown.Count > 0
            ? (file, $"disk {disk.Name}: {clone.VirtualMachine} runs, and a disk that changes cannot be cloned: shut it off first (spec.runStrategy: Halted)")
            : (file, null);
    }

    /// <summary>Whether a host does not get an answer from one of the stores at this moment: a question that touches them would have no end.</summary>
    public bool AreSilent(IHostShell host, IReadOnlyDictionary<string, NfsStore> stores) => GuestStores.Silent(host.Name, stores.Values, observations.Find(host.Name)) is not null;

    /// <summary>Whether what cloud-init reads is what the spec says now; null when that cannot be told. Every exception of <see cref="ICloudInitImages"/> applies.</summary>
    public async Task<bool?> IsCloudInitCurrentAsync(IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        if (machine.Spec.CloudInit is not { } cloudInit || await cloudInitImages.ReadMarkAsync(host, CloudInitPath(machine, stores), cancellationToken) is not { Length: > 0 } mark)
        {
            return null;
        }

        return (await CloudInitDataAsync(machine, cloudInit, cancellationToken)).Data is { } data ? data.Mark == mark : null;
    }

    private static string CloudInitPath(VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores) =>
        GuestDisks.CloudInitPath(machine.Identity(), stores[machine.Spec.Disks[0].StoreRef.Name]);

    /// <summary>Makes what cloud-init reads, unless it is there: what is missing for it, and whether it is of what the spec says now.</summary>
    private async Task<(string? Missing, bool IsMade)> CloudInitAsync(
        IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, bool beginsAnew, CancellationToken cancellationToken)
    {
        if (machine.Spec.CloudInit is not { } cloudInit)
        {
            return (null, false);
        }

        // It is made once: whoever deletes the Secret after the first start is right to do so.
        var path = CloudInitPath(machine, stores);
        var mark = await cloudInitImages.ReadMarkAsync(host, path, cancellationToken);
        if (mark is not null && !beginsAnew)
        {
            return (null, false);
        }

        var (data, missing) = await CloudInitDataAsync(machine, cloudInit, cancellationToken);
        if (data is null)
        {
            return (missing, false);
        }

        if (mark != data.Mark)
        {
            await cloudInitImages.CreateAsync(host, path, data, isReplaced: mark is not null, cancellationToken);
        }

        return (null, true);
    }

    /// <summary>What cloud-init is to read by the spec, or what is missing for it.</summary>
    private async Task<(CloudInitData? Data, string? Missing)> CloudInitDataAsync(VirtualMachine machine, CloudInit cloudInit, CancellationToken cancellationToken)
    {
        var userData = cloudInit.UserData;
        if (cloudInit.UserDataSecretRef is { } reference)
        {
            var secret = await client.GetAsync<V1Secret>(new EntityKey(machine.Namespace(), reference.Name), cancellationToken);
            if (secret?.Data?.TryGetValue("userdata", out var bytes) != true)
            {
                return (null, $"cloud-init: there is no Secret {machine.Namespace()}/{reference.Name} with a key 'userdata': create it");
            }

            userData = System.Text.Encoding.UTF8.GetString(bytes!);
        }

        return (new CloudInitData(machine.Identity().Uuid.ToString(), machine.Name(), userData ?? string.Empty, cloudInit.NetworkData), null);
    }
}
