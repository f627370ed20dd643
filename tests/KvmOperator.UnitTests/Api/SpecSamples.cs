using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;

namespace KvmOperator.UnitTests.Api;

/// <summary>A valid object of each kind with every field filled, from which tests change one thing.</summary>
internal static class SpecSamples
{
    public const string HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    public static HostSsh Ssh { get; } = new()
    {
        Host = "10.0.0.1",
        Port = 2201,
        User = "admin",
        CredentialsSecretRef = Named("kvm-hosts-ssh"),
        HostKeys = [HostKey],
    };

    public static KvmHost Host => new()
    {
        Metadata = new V1ObjectMeta { Name = "node1" },
        Spec = new KvmHostSpec
        {
            Address = "192.168.122.100",
            MigrationAddress = "10.1.0.1",
            Ssh = Ssh,
            ImportFolders = ["/srv/import"],
            Preparation = new HostPreparation { TimeServers = ["192.168.122.1", "ntp.example.com"] },
            Capacity = new HostCapacityPolicy { MemoryReserved = new ResourceQuantity("2Gi") },
            Fencing = new HostFencing
            {
                Agent = "fence_ipmilan",
                Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["ip"] = "10.9.0.1", ["lanplus"] = "1" },
                CredentialsSecretRef = Named("node1-bmc"),
            },
        },
    };

    public static NfsStore Store => new()
    {
        Metadata = new V1ObjectMeta { Name = "images" },
        Spec = new NfsStoreSpec
        {
            Server = new NfsServer { Address = "192.168.122.1", Ssh = Ssh },
            ExportPath = "/srv/images",
            ExportOptions = ["rw", "sync", "no_root_squash"],
            MountOptions = ["nconnect=4"],
        },
    };

    public static VirtualMachine Machine => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default" },
        Spec = new VirtualMachineSpec
        {
            Vcpus = 2,
            Memory = new ResourceQuantity("512Mi"),
            Disks =
            [
                new VirtualMachineDisk { Name = "root", StoreRef = Named("images"), Source = new DiskSource { Image = "rhel8/base.qcow2" } },
                new VirtualMachineDisk { Name = "data", StoreRef = Named("images"), Size = new ResourceQuantity("10Gi") },
                new VirtualMachineDisk
                {
                    Name = "copy",
                    StoreRef = Named("images"),
                    Source = new DiskSource { CloneOf = new CloneSource { VirtualMachine = "other", Disk = "root" } },
                    Sharing = DiskSharing.Linked,
                },
            ],
            Networks = [new VirtualMachineNetwork { Network = "default", Mac = "52:54:00:12:34:56" }, new VirtualMachineNetwork { Bridge = "br0" }],
            Boot = new VirtualMachineBoot { Order = ["root", "network"] },
            CloudInit = new CloudInit { UserDataSecretRef = Named("xx-user-data") },
            Placement = new VirtualMachinePlacement { HostRef = Named("node1"), AntiAffinity = ["web"] },
        },
    };

    public static VmMigration Migration => new()
    {
        Metadata = new V1ObjectMeta { Name = "xx-to-node2", NamespaceProperty = "default" },
        Spec = new VmMigrationSpec { VirtualMachineRef = Named("xx"), TargetHostRef = Named("node2") },
    };

    public static VmwareImport Import => new()
    {
        Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default" },
        Spec = new VmwareImportSpec
        {
            Source = new ImportSource { HostRef = Named("node1"), Path = "/srv/CentOS 8 节点.vmwarevm", Vmx = "节点.vmx", Snapshot = "before the update" },
            VirtualMachine = new ImportedVirtualMachine
            {
                Name = "qy1",
                Vcpus = 2,
                Memory = new ResourceQuantity("1Gi"),
                Network = "default",
                Firmware = Firmware.Bios,
                Machine = MachineType.I440fx,
                OperatingSystem = "centos8",
                Disks = [new ImportedDiskOverride { Slot = "scsi0:1", Bus = DiskBus.Ide }],
                Networks = [new ImportedNetwork { Index = 1, Network = "default", Model = NicModel.E1000, Mac = "52:54:00:00:00:09" }],
            },
            StopAfter = ImportStopAfter.Inspect,
            AcceptConcerns = ["StaleLock"],
            StoreRef = Named("images"),
            Verify = new ImportVerification { Method = VerificationMethod.ConsoleText, ConsoleText = "login:" },
        },
    };

    public static LocalObjectReference Named(string name) => new() { Name = name };
}
