using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.Validation;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;
using Xunit;

namespace KvmOperator.UnitTests.Api;

/// <summary>Each mistake is refused, by its field and with a message that helps; everything that is wrong is said at once.</summary>
public sealed class ValidatorTests
{
    [Fact]
    public void What_is_right_is_let_through()
    {
        Assert.Empty(KvmHostValidator.Validate(SpecSamples.Host));
        Assert.Empty(NfsStoreValidator.Validate(SpecSamples.Store));
        Assert.Empty(VirtualMachineValidator.Validate(SpecSamples.Machine));
        Assert.Empty(VmMigrationValidator.Validate(SpecSamples.Migration));
        Assert.Empty(VmwareImportValidator.Validate(SpecSamples.Import));
    }

    [Fact]
    public void An_object_that_is_checked_again_has_no_pattern_built_anew()
    {
        const int Rounds = 20;
        What_is_right_is_let_through();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            What_is_right_is_let_through();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 0, 128 << 10);
    }

    [Theory]
    [InlineData("other_vm/root.qcow2", "'other_vm' is the folder of a guest in the namespace other")]
    [InlineData("deep/other_vm/root.qcow2", "'other_vm' is the folder of a guest in the namespace other")]
    [InlineData("default_old/root.qcow2", null)]
    [InlineData("golden_images_2024/base.qcow2", null)]
    [InlineData("base_image.qcow2", null)]
    public void A_disk_of_a_guest_in_another_namespace_is_not_to_be_had(string file, string? message)
    {
        foreach (var source in new[] { new DiskSource { Existing = file }, new DiskSource { Image = file } })
        {
            var machine = SpecSamples.Machine;
            machine.Spec = machine.Spec with { Disks = [machine.Spec.Disks[0] with { Source = source }] };

            var errors = VirtualMachineValidator.Validate(machine);

            Assert.Equal(message is null, errors.Count == 0);
            Assert.All(errors, error => Assert.Contains(message!, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_format_of_a_disk_that_was_made_is_kept_also_where_the_server_lets_it_be_changed()
    {
        var machine = SpecSamples.Machine;
        machine.Status = new VirtualMachineStatus { Disks = [new VirtualMachineDiskStatus { Name = "data", Path = "/images/default_xx/data.raw", Created = true }] };

        Assert.Equal("spec.disks[1].format", Assert.Single(VirtualMachineValidator.Validate(machine)).Field);

        machine.Spec = machine.Spec with { Disks = [.. machine.Spec.Disks.Select(disk => disk.Name == "data" ? disk with { Format = DiskFormat.Raw } : disk)] };
        Assert.Empty(VirtualMachineValidator.Validate(machine));
    }

    [Fact]
    public void A_KvmHost_that_cannot_be_is_refused()
    {
        HostIs(spec => spec with { Address = "" }, "spec.address", "is missing: write an IP address");
        HostIs(spec => spec with { ImportFolders = ["srv"] }, "spec.importFolders[0]", "'srv' is not an absolute path");
        HostIs(spec => spec with { ImportFolders = ["/srv", "/srv/../etc"] }, "spec.importFolders[1]", "write the path as it is");
        HostIs(spec => spec with { ImportFolders = ["/"] }, "spec.importFolders[0]", "'/' is not an absolute path");
        HostIs(spec => spec with { ImportFolders = ["//"] }, "spec.importFolders[0]", "write the path as it is");
        HostIs(spec => spec with { ImportFolders = ["/etc/libvirt"] }, "spec.importFolders[0]", "belongs to the system");
        HostIs(spec => spec with { Address = "node1;reboot" }, "spec.address", "'node1;reboot' is not an IP address");
        HostIs(spec => spec with { Address = "10.0.0.1\n" }, "spec.address", "'10.0.0.1�' is not an IP address");
        HostIs(spec => spec with { MigrationAddress = "-oProxyCommand=x" }, "spec.migrationAddress", "'-oProxyCommand=x' is not an IP address");
        HostIs(spec => spec with { Ssh = spec.Ssh with { Host = "node1;reboot" } }, "spec.ssh.host", "'node1;reboot' is not an IP address or a DNS name");
        HostIs(spec => spec with { Ssh = spec.Ssh with { Port = 70_000 } }, "spec.ssh.port", "is 70000, 1 to 65535 are possible");
        HostIs(spec => spec with { Ssh = spec.Ssh with { User = "root; id" } }, "spec.ssh.user", "'root; id' is not a user's name");
        HostIs(spec => spec with { Ssh = spec.Ssh with { CredentialsSecretRef = new LocalObjectReference() } }, "spec.ssh.credentialsSecretRef.name", "is missing");
        HostIs(spec => spec with { Ssh = spec.Ssh with { HostKeys = ["ssh-ed25519"] } }, "spec.ssh.hostKeys[0]", "is not a public key");
        HostIs(spec => spec with { Mode = (HostMode)9 }, "spec.mode", "'9' is not one of Active, Cordoned, Maintenance");
        HostIs(spec => spec with { Pool = "Pool One" }, "spec.pool", "'Pool One' is not a name");
        HostIs(
            spec => spec with { Capacity = new HostCapacityPolicy { MemoryReserved = new ResourceQuantity("32Ti") } },
            "spec.capacity.memoryReserved",
            "is 32Ti, 0 to 16Ti are possible");
        HostIs(
            spec => spec with { Preparation = new HostPreparation { TimeServers = ["pool.ntp.org iburst"] } },
            "spec.preparation.timeServers[0]",
            "'pool.ntp.org iburst' is not an IP address or a DNS name");
    }

    [Theory]
    [InlineData("node1.example.com")]
    [InlineData("node1")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.256")]
    [InlineData("010.0.0.1")]
    [InlineData("1:2:3")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::1::")]
    public void Hosts_are_named_to_each_other_by_IP_addresses_only(string address)
    {
        const string Message = "is not an IP address (a DNS name may stand in spec.ssh.host)";
        HostIs(spec => spec with { Address = address }, "spec.address", Message);
        HostIs(spec => spec with { MigrationAddress = address }, "spec.migrationAddress", Message);
    }

    [Theory]
    [InlineData("192.168.122.100")]
    [InlineData("10.0.0.0")]
    [InlineData("fd00::1")]
    [InlineData("2001:db8:0:1:2:3:4:5")]
    [InlineData("::1")]
    public void IP_addresses_of_both_versions_are_let_through(string address)
    {
        var host = SpecSamples.Host;
        host.Spec = host.Spec with { Address = address, MigrationAddress = address, Ssh = host.Spec.Ssh with { Host = "node1.example.com" } };

        Assert.Empty(KvmHostValidator.Validate(host));
    }

    [Fact]
    public void Secrets_and_actions_are_not_said_to_a_fence_agent_in_a_spec()
    {
        HostIs(Fencing("password", "secret"), "spec.fencing.parameters[password]", "put it into the Secret");
        HostIs(Fencing("action", "on"), "spec.fencing.parameters[action]", "is decided by the operator");
        HostIs(Fencing("ip", "10.0.0.1\naction=on"), "spec.fencing.parameters[ip]", "is not one line of text");
        HostIs(Fencing("ip=x\naction", "on"), "spec.fencing.parameters[ip=x�action]", "is not a parameter of the agent's manual page");
        HostIs(spec => spec with { Fencing = spec.Fencing! with { Agent = "/bin/rm" } }, "spec.fencing.agent", "'/bin/rm' is not the name of a fence agent");
    }

    [Fact]
    public void An_NfsStore_that_cannot_be_is_refused()
    {
        StoreIs(spec => spec with { ExportPath = "srv" }, "spec.exportPath", "'srv' is not an absolute path");
        StoreIs(spec => spec with { ExportPath = "/srv/../etc" }, "spec.exportPath", "'/srv/../etc' is not an absolute path");
        StoreIs(spec => spec with { ExportPath = "/srv *(rw)" }, "spec.exportPath", "'/srv *(rw)' is not an absolute path");
        StoreIs(spec => spec with { ExportPath = "/etc" }, "spec.exportPath", "'/etc' belongs to the system");
        StoreIs(spec => spec with { MountPath = "/usr" }, "spec.mountPath", "'/usr' belongs to the system");
        StoreIs(spec => spec with { MountPath = "/usr/bin" }, "spec.mountPath", "'/usr/bin' belongs to the system");
        StoreIs(spec => spec with { MountPath = "/lib64/x" }, "spec.mountPath", "belongs to the system");
        StoreIs(spec => spec with { MountPath = "/var/lib" }, "spec.mountPath", "belongs to the system");
        StoreIs(spec => spec with { ExportPath = "/etc/ssh" }, "spec.exportPath", "belongs to the system");
        StoreIs(spec => spec with { MountOptions = ["softerr"] }, "spec.mountOptions[0]", "'softerr' endangers guests");
        StoreIs(spec => spec with { MountOptions = ["softreval"] }, "spec.mountOptions[0]", "'softreval' endangers guests");
        StoreIs(spec => spec with { MountOptions = ["v3"] }, "spec.mountOptions[0]", "the version stands in spec.nfsVersion");
        StoreIs(spec => spec with { ExportOptions = ["sync"] }, "spec.exportOptions", "say rw and no_root_squash too");
        StoreIs(spec => spec with { ExportOptions = ["rw"] }, "spec.exportOptions", "say rw and no_root_squash too");
        StoreIs(spec => spec with { MountOptions = ["soft"] }, "spec.mountOptions[0]", "'soft' endangers guests");
        StoreIs(spec => spec with { MountOptions = ["vers=3"] }, "spec.mountOptions[0]", "the version stands in spec.nfsVersion");
        StoreIs(spec => spec with { ExportOptions = ["root_squash"] }, "spec.exportOptions[0]", "'root_squash' cannot hold running guests");
        StoreIs(spec => spec with { ExportOptions = ["rw)*(rw"] }, "spec.exportOptions[0]", "is not an option of exports(5)");
        StoreIs(spec => spec with { NfsVersion = "5" }, "spec.nfsVersion", "'5' is not a version of NFS");
        StoreIs(spec => spec with { Server = new NfsServer() }, "spec.server.address", "is missing");
    }

    [Theory]
    [InlineData("/var/lib/libvirt/images")]
    [InlineData("/var/lib/images")]
    [InlineData("/home/images")]
    [InlineData("/library")]
    [InlineData("/srv")]
    public void A_folder_that_is_nobodys_may_be_mounted_and_exported(string path)
    {
        var store = SpecSamples.Store;
        store.Spec = store.Spec with { MountPath = path, ExportPath = path };

        Assert.Empty(NfsStoreValidator.Validate(store));
    }

    [Theory]
    [InlineData("999999999999999e99")]
    [InlineData("999999999999999Pi")]
    [InlineData("0.001")]
    public void A_quantity_that_does_not_fit_is_refused_and_nothing_breaks(string quantity) =>
        Assert.NotEmpty(VirtualMachineValidator.Validate(new VirtualMachine
        {
            Metadata = SpecSamples.Machine.Metadata,
            Spec = SpecSamples.Machine.Spec with { Memory = new ResourceQuantity(quantity) },
        }));

    [Fact]
    public void A_VirtualMachine_that_cannot_be_is_refused()
    {
        MachineIs(spec => spec with { Disks = [spec.Disks[0] with { Bus = DiskBus.Ide }], CloudInit = null, Boot = null }, "spec.disks", "only the machine i440fx has IDE: say machine: i440fx, or another bus");
        MachineIs(spec => spec with { Machine = MachineType.I440fx, CloudInit = null, Boot = null, Disks = [.. Enumerable.Range(0, 5).Select(index => spec.Disks[1] with { Name = $"data{index}", Bus = DiskBus.Ide })] }, "spec.disks", "4 disks have room on IDE");
        MachineIs(spec => spec with { Machine = MachineType.I440fx, Disks = [spec.Disks[0] with { Bus = DiskBus.Sata }], Boot = null }, "spec.disks", "the machine i440fx has no SATA: say bus: ide, or machine: q35");
        MachineIs(spec => spec with { Machine = MachineType.I440fx, Networks = [spec.Networks[0] with { Model = NicModel.E1000e }] }, "spec.networks", "e1000e needs PCI Express");
        MachineIs(spec => spec with { Vcpus = 0 }, "spec.vcpus", "is 0, 1 to 512 are possible");
        MachineIs(spec => spec with { Memory = null }, "spec.memory", "is missing: write a quantity, like 2Gi");
        MachineIs(spec => spec with { Memory = new ResourceQuantity("1Mi") }, "spec.memory", "is 1Mi, 64Mi to 16Ti are possible");
        MachineIs(spec => spec with { Disks = [] }, "spec.disks", "has 0 entries, 1 to 16 are possible");
        MachineIs(spec => spec with { Disks = [.. spec.Disks, spec.Disks[0]] }, "spec.disks", "'root' is named more than once");
        DiskIs(disk => disk with { Source = null, Size = null }, "spec.disks[0]", "say the size of an empty disk, or its source");
        DiskIs(disk => disk with { Source = new DiskSource() }, "spec.disks[0].source", "name exactly one of image, clone, existing");
        DiskIs(disk => disk with { Source = new DiskSource { Image = "a", Existing = "b" } }, "spec.disks[0].source", "name exactly one of image, clone, existing");
        DiskIs(disk => disk with { Source = new DiskSource { Image = "../../etc/shadow" } }, "spec.disks[0].source.image", "is not a path within the store");
        DiskIs(disk => disk with { Format = DiskFormat.Raw, Source = new DiskSource { Existing = "a.qcow2" } }, "spec.disks[0].format", "does not fit the name of the file a.qcow2: say format: qcow2");
        DiskIs(disk => disk with { Source = new DiskSource { Existing = "a.raw" } }, "spec.disks[0].format", "does not fit the name of the file a.raw: say format: raw");
        DiskIs(disk => disk with { Source = new DiskSource { Existing = "/etc/shadow" } }, "spec.disks[0].source.existing", "is not a path within the store");

        // What is kept of guests: whoever could write a definition would choose what the guest is given of its host.
        DiskIs(disk => disk with { Source = new DiskSource { Existing = "default_xx/.kept/domain.xml" } }, "spec.disks[0].source.existing", "is not a path within the store");
        DiskIs(disk => disk with { Source = new DiskSource { Image = "default_xx/.kept/firmware-variables.fd" } }, "spec.disks[0].source.image", "is not a path within the store");
        DiskIs(disk => disk with { Sharing = DiskSharing.Linked, Format = DiskFormat.Raw }, "spec.disks[0].sharing", "only qcow2 can be linked");
        DiskIs(disk => disk with { Sharing = DiskSharing.Linked, Source = new DiskSource { Existing = "a" } }, "spec.disks[0].sharing", "an existing file becomes the disk itself");
        DiskIs(disk => disk with { Name = "a,readonly=on" }, "spec.disks[0].name", "'a,readonly=on' is not a name");
        NetworkIs(new VirtualMachineNetwork(), "spec.networks[0]", "name either network or bridge");
        NetworkIs(new VirtualMachineNetwork { Network = "a", Bridge = "b" }, "spec.networks[0]", "name either network or bridge");
        NetworkIs(new VirtualMachineNetwork { Network = "default,model=e1000" }, "spec.networks[0].network", "is not the name of a libvirt network");
        NetworkIs(new VirtualMachineNetwork { Bridge = "br0", Mac = "01:00:5e:00:00:01" }, "spec.networks[0].mac", "is not the address of a card");
        MachineIs(spec => spec with { OperatingSystem = "linux,detect=on" }, "spec.operatingSystem", "'linux,detect=on' is not a name");
        MachineIs(spec => spec with { Boot = new VirtualMachineBoot { Order = ["cdrom"] } }, "spec.boot.order[0]", "there is no disk 'cdrom'");
        MachineIs(spec => spec with { CloudInit = new CloudInit() }, "spec.cloudInit", "say either userData or userDataSecretRef");
        MachineIs(spec => spec with { CloudInit = new CloudInit { UserData = "a\0b" } }, "spec.cloudInit.userData", "holds a NUL character");
        MachineIs(spec => spec with { Placement = new VirtualMachinePlacement { AntiAffinity = ["a b"] } }, "spec.placement.antiAffinity[0]", "is not the name of a group");
    }

    [Fact]
    public void A_VmMigration_that_cannot_be_is_refused()
    {
        MigrationIs(spec => spec with { VirtualMachineRef = new LocalObjectReference() }, "spec.virtualMachineRef.name", "is missing");
        MigrationIs(spec => spec with { TargetHostRef = SpecSamples.Named("--all") }, "spec.targetHostRef.name", "'--all' is not the name of an object");
        MigrationIs(spec => spec with { TimeoutSeconds = 1 }, "spec.timeoutSeconds", "is 1, 10 to 86400 are possible");
        MigrationIs(spec => spec with { MaxDowntimeMilliseconds = 0 }, "spec.maxDowntimeMilliseconds", "is 0, 1 to 60000 are possible");
        MigrationIs(spec => spec with { BandwidthMiBPerSecond = -1 }, "spec.bandwidthMiBPerSecond", "is -1, 0 to 100000 are possible");
    }

    [Fact]
    public void A_VmwareImport_that_cannot_be_is_refused()
    {
        ImportIs(spec => spec with { Source = new ImportSource { Path = "/a" } }, "spec.source", "name either hostRef or storeRef");
        ImportIs(spec => spec with { Source = spec.Source with { Path = "/srv/../etc" } }, "spec.source.path", "has a folder '..'");
        ImportIs(spec => spec with { Source = spec.Source with { Path = "/srv/a\nb" } }, "spec.source.path", "is not an absolute path without control characters");
        ImportIs(spec => spec with { VirtualMachine = new ImportedVirtualMachine() }, "spec.virtualMachine.name", "is missing");
        ImportIs(spec => spec with { VirtualMachine = spec.VirtualMachine with { Bridge = "br0" } }, "spec.virtualMachine", "name either network or bridge");
        ImportIs(spec => spec with { Source = spec.Source with { Vmx = "a/b.vmx" } }, "spec.source.vmx", "is not a file's name");
        ImportIs(spec => spec with { Source = spec.Source with { Vmx = ".." } }, "spec.source.vmx", "is no file's name");
        ImportIs(spec => spec with { Source = spec.Source with { Snapshot = "" } }, "spec.source.snapshot", "is empty");
        ImportIs(spec => spec with { Engine = ImportEngine.VirtV2v }, "spec.engine", "VirtV2v is not there yet");
        ImportIs(spec => spec with { AcceptConcerns = ["no words"] }, "spec.acceptConcerns[0]", "is not the id of a concern");
        ImportIs(spec => spec with { VirtualMachine = spec.VirtualMachine with { Disks = [new ImportedDiskOverride { Slot = "root" }] } }, "spec.virtualMachine.disks[0].slot", "is not a disk's place");
        ImportIs(spec => spec with { VirtualMachine = spec.VirtualMachine with { Disks = [new ImportedDiskOverride { Slot = "ide0:0" }, new ImportedDiskOverride { Slot = "ide0:0" }] } }, "spec.virtualMachine.disks", "name each disk once");
        ImportIs(spec => spec with { VirtualMachine = spec.VirtualMachine with { Networks = [new ImportedNetwork { Network = "a", Bridge = "b" }] } }, "spec.virtualMachine.networks[0]", "name either network or bridge");
        ImportIs(spec => spec with { VirtualMachine = spec.VirtualMachine with { Networks = [new ImportedNetwork { Index = -1 }] } }, "spec.virtualMachine.networks[0].index", "0 to 99 are possible");
        ImportIs(spec => spec with { Verify = new ImportVerification { Method = VerificationMethod.ConsoleText } }, "spec.verify.consoleText", "say which consoleText");
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var host = SpecSamples.Host;
        host.Spec = host.Spec with { Address = "", Pool = "Bad Pool", Ssh = host.Spec.Ssh with { Port = 0 } };

        Assert.Equal(["spec.address", "spec.ssh.port", "spec.pool"], KvmHostValidator.Validate(host).Select(error => error.Field));
    }

    private static Func<KvmHostSpec, KvmHostSpec> Fencing(string name, string value) =>
        spec => spec with { Fencing = spec.Fencing! with { Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value } } };

    private static void HostIs(Func<KvmHostSpec, KvmHostSpec> change, string field, string message)
    {
        var host = SpecSamples.Host;
        host.Spec = change(host.Spec);
        Refused(KvmHostValidator.Validate(host), field, message);
    }

    private static void StoreIs(Func<NfsStoreSpec, NfsStoreSpec> change, string field, string message)
    {
        var store = SpecSamples.Store;
        store.Spec = change(store.Spec);
        Refused(NfsStoreValidator.Validate(store), field, message);
    }

    private static void MachineIs(Func<VirtualMachineSpec, VirtualMachineSpec> change, string field, string message)
    {
        var machine = SpecSamples.Machine;
        machine.Spec = change(machine.Spec);
        Refused(VirtualMachineValidator.Validate(machine), field, message);
    }

    private static void DiskIs(Func<VirtualMachineDisk, VirtualMachineDisk> change, string field, string message) =>
        MachineIs(spec => spec with { Disks = [change(spec.Disks[0])], Boot = null }, field, message);

    private static void NetworkIs(VirtualMachineNetwork network, string field, string message) =>
        MachineIs(spec => spec with { Networks = [network] }, field, message);

    private static void MigrationIs(Func<VmMigrationSpec, VmMigrationSpec> change, string field, string message)
    {
        var migration = SpecSamples.Migration;
        migration.Spec = change(migration.Spec);
        Refused(VmMigrationValidator.Validate(migration), field, message);
    }

    private static void ImportIs(Func<VmwareImportSpec, VmwareImportSpec> change, string field, string message)
    {
        var import = SpecSamples.Import;
        import.Spec = change(import.Spec);
        Refused(VmwareImportValidator.Validate(import), field, message);
    }

    private static void Refused(IReadOnlyList<SpecError> errors, string field, string message)
    {
        var error = Assert.Single(errors, error => error.Field == field);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
