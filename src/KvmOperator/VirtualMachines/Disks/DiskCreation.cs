using k8s.Models;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.KvmHosts;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Informers;
using KvmOperator.VirtualMachines.Places;
using DiskSource = KvmOperator.Hosts.Images.DiskSource;

namespace KvmOperator.VirtualMachines.Disks;

/// <summary>Makes a guest's disks on a host, each as a job that outlives the operator.</summary>
internal sealed class DiskCreation(IDiskImages images, ICloudInitImages cloudInitImages, IHostJobs jobs, IEntityStore<VirtualMachine> machines, IEntityStore<NfsStore> nfsStores, GuestHosts hosts, HostObservations observations, EntityClient client)
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

        var made = new List<VirtualMachineDiskStatus>();
        DiskCreationResult? unfinished = null;
        foreach (var disk in machine.Spec.Disks)
        {
            var path = GuestDisks.Path(machine.Identity(), disk, stores[disk.StoreRef.Name]);

            // A disk that nobody has heard of is made at once: its job leaves a file alone that is there all the same.
            var isNew = unfinished is null && IsEmptyOrCopied(disk) && machine.Status?.Disks.Any(known => known.Name == disk.Name) != true;
            var info = isNew ? null : await images.ReadAsync(host, path, GuestDisks.Format(disk), cancellationToken);
            if (info is null)
            {
                if (unfinished is not null)
                {
                    // One after the other; those that are there are counted all the same.
                    continue;
                }

                (info, unfinished) = await MakeAsync(host, machine, disk, stores[disk.StoreRef.Name], cancellationToken);
                if (info is null)
                {
                    continue;
                }
            }
            else if (disk.Source?.Existing is not null)
            {
                await images.GiveToQemuAsync(host, [path], cancellationToken);
            }

            var wanted = GuestDisks.WantedBytes(disk);
            if (!runs && info.SizeBytes < wanted)
            {
                await images.GrowAsync(host, path, GuestDisks.Format(disk), wanted, cancellationToken);
                info = info with { SizeBytes = wanted };
            }

            made.Add(Status(disk, path, info));
        }

        if (unfinished is null && await CloudInitAsync(host, machine, stores, cancellationToken) is { } missing)
        {
            unfinished = new DiskCreationResult.Waiting(missing);
        }

        return unfinished is null ? new DiskCreationResult.Ready(made) : unfinished with { Made = made };
    }

    /// <summary>Why a guest may not have a file that it names, and what to do; null when it may.</summary>
    public string? Refuse(VirtualMachine machine) => DiskClaims.Refuse(machine, machines.List(), ExportOf);

    /// <summary>Goes on with a disk that is not there: what is known of it when it has just become whole, otherwise what it waits for.</summary>
    private async Task<(DiskInfo? Info, DiskCreationResult? Unfinished)> MakeAsync(
        IHostShell host, VirtualMachine machine, VirtualMachineDisk disk, NfsStore store, CancellationToken cancellationToken)
    {
        var identity = machine.Identity();
        var (cloned, obstacle) = Cloned(machine, disk);
        if (obstacle is not null)
        {
            return (null, new DiskCreationResult.Waiting(obstacle));
        }

        if (GuestDisks.Plan(identity, disk, store, cloned) is not { } plan)
        {
            return (null, new DiskCreationResult.Failed($"disk {disk.Name}: there is no file {disk.Source!.Existing} in the store {store.Name()}: put it there, or correct spec.disks"));
        }

        if (plan.Source is DiskSource.Linked && LinkedClones.IsWaiting(machine, disk))
        {
            // Written down first: from then on the origin is not started.
            return (null, new DiskCreationResult.Running($"disk {disk.Name} is going to be linked"));
        }

        var name = Job(machine, disk.Name);
        var state = await images.CreateAsync(host, name, plan, cancellationToken);
        switch (state.Phase)
        {
            case JobPhase.Running:
                return (null, new DiskCreationResult.Running($"disk {disk.Name} is being made{Progress(state)}"));
            case JobPhase.Failed:
                await jobs.ForgetAsync(host, name, cancellationToken);
                return (null, new DiskCreationResult.Failed($"disk {disk.Name} cannot be made: {LastLine(state.Error)}. Check spec.disks and the store."));
        }

        var reading = images.ReadAsync(host, plan.Path, GuestDisks.Format(disk), cancellationToken);
        await Task.WhenAll(jobs.ForgetAsync(host, name, cancellationToken), reading);
        return (await reading ?? throw new InvalidOperationException($"{plan.Path} was made and is not there"), null);
    }

    /// <summary>What a store's files are, under whatever name it is mounted: two stores of one export have the same ones.</summary>
    private string ExportOf(string store) =>
        nfsStores.Get(new EntityKey(null, store)) is { } known ? $"{known.Spec.Server.Address}:{known.Spec.ExportPath}" : store;

    /// <summary>
    /// Whether no disk of the guest was ever made: then no host can have it running, also one that does not answer. Every exception of <see cref="IDiskImages"/> applies.
    /// </summary>
    public async Task<bool> AreAllMissingAsync(IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        foreach (var disk in machine.Spec.Disks)
        {
            // A file that is older than the guest says nothing about it.
            if (disk.Source?.Existing is not null || await images.ReadAsync(host, GuestDisks.Path(machine.Identity(), disk, stores[disk.StoreRef.Name]), GuestDisks.Format(disk), cancellationToken) is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends what still makes disks of a guest on a host, and forgets it. Every exception of <see cref="IHostJobs"/> applies.</summary>
    public async Task AbandonAsync(IHostShell host, VirtualMachine machine, CancellationToken cancellationToken)
    {
        foreach (var disk in GuestRemains.DiskNames(machine))
        {
            await jobs.StopAsync(host, Job(machine, disk), cancellationToken);
            await jobs.ForgetAsync(host, Job(machine, disk), cancellationToken);
        }
    }

    /// <summary>Whether a disk begins empty or as a copy of an image: no other guest has a say in it.</summary>
    private static bool IsEmptyOrCopied(VirtualMachineDisk disk) => disk.Source is null or { Existing: null, CloneOf: null };

    private static JobName Job(VirtualMachine machine, string disk) => new("disk", $"{machine.Uid()}.{disk}");

    /// <summary>Reads what is known of disks that are there. Every exception of <see cref="IDiskImages"/> applies.</summary>
    public async Task<IReadOnlyList<VirtualMachineDiskStatus>> ReadAsync(
        IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        var read = new List<VirtualMachineDiskStatus>();
        foreach (var disk in machine.Spec.Disks)
        {
            var path = GuestDisks.Path(machine.Identity(), disk, stores[disk.StoreRef.Name]);
            read.Add(Status(disk, path, await images.ReadAsync(host, path, GuestDisks.Format(disk), cancellationToken)));
        }

        return read;
    }

    private static VirtualMachineDiskStatus Status(VirtualMachineDisk disk, string path, DiskInfo? info) =>
        new() { Name = disk.Name, Path = path, VirtualBytes = info?.SizeBytes, BackingFile = info?.BackingFile, Created = disk.Source?.Existing is null };

    private static string Progress(JobState state)
    {
        // qemu-img -p says "    (12.34/100%)" again and again on one line.
        var open = state.Output.LastIndexOf('(');
        var end = open < 0 ? -1 : state.Output.IndexOf('.', open);
        return end > open ? $": {state.Output[(open + 1)..end]} %" : string.Empty;
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();

    /// <summary>The source's disk may be in another store than its clone: every host of a pool mounts all of the pool's stores.</summary>
    private (string Path, string Format)? ClonedFile(VirtualMachine source, string diskName, string pool)
    {
        var disk = source.Spec.Disks.FirstOrDefault(disk => disk.Name == diskName);
        return disk is not null && nfsStores.Get(new EntityKey(null, disk.StoreRef.Name)) is { } store && store.Spec.Pool == pool && NfsStoreValidator.Validate(store).Count == 0
            ? (GuestDisks.Path(source.Identity(), disk, store), GuestDisks.Format(disk))
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

    private async Task<string?> CloudInitAsync(IHostShell host, VirtualMachine machine, IReadOnlyDictionary<string, NfsStore> stores, CancellationToken cancellationToken)
    {
        if (machine.Spec.CloudInit is not { } cloudInit)
        {
            return null;
        }

        // It is made once: whoever deletes the Secret after the first start is right to do so.
        var path = GuestDisks.CloudInitPath(machine.Identity(), stores[machine.Spec.Disks[0].StoreRef.Name]);
        if (await cloudInitImages.ExistsAsync(host, path, cancellationToken))
        {
            return null;
        }

        var userData = cloudInit.UserData;
        if (cloudInit.UserDataSecretRef is { } reference)
        {
            var secret = await client.GetAsync<V1Secret>(new EntityKey(machine.Namespace(), reference.Name), cancellationToken);
            if (secret?.Data?.TryGetValue("userdata", out var bytes) != true)
            {
                return $"cloud-init: there is no Secret {machine.Namespace()}/{reference.Name} with a key 'userdata': create it";
            }

            userData = System.Text.Encoding.UTF8.GetString(bytes!);
        }

        await cloudInitImages.CreateAsync(
            host, path, new CloudInitData(machine.Identity().Uuid.ToString(), machine.Name(), userData ?? string.Empty, cloudInit.NetworkData), cancellationToken);
        return null;
    }
}
