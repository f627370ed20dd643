using CsCheck;
using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.NfsStores;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Api.VmwareImports;

namespace KvmOperator.UnitTests.Api;

/// <summary>Texts that a shell, XML, an option list or a terminal would read as more than a name, and the fields of every spec that take texts.</summary>
internal static class HostileTexts
{
    private static readonly string[] Seeds =
    [
        "$(touch /canary)", "`id`", "';reboot;'", "\"", "\\", "a b", "a\tb", "a\nb", "a\r\nb", "x\n", "\0", "<domain/>", "]]>", "&amp;", "--help", "-oProxyCommand=id",
        "a,b=c", "a;b", "a|b", "a&b", "a>b", "../..", "/", "*", "?", "~", "!", "#", "%s", "{a,b}", "\u202eabc", "é", "节点", "\u0000\u001b[2J", "a\u2028b", "", " ",
    ];

    private static readonly Gen<string> Seed = Gen.Int[0, Seeds.Length - 1].Select(index => Seeds[index]);

    /// <summary>Texts of all kinds, some of them harmless.</summary>
    public static Gen<string> Any { get; } = Gen.OneOf(
        Seed,
        Gen.Select(Seed, Gen.String, (seed, rest) => rest + seed + rest),
        Gen.String[1, 40],
        Gen.Int[300, 5000].Select(length => new string('a', length) + "\n"));

    /// <summary>Texts of which none may get past a validator.</summary>
    public static Gen<string> Hostile { get; } = Any.Where(IsHostile);

    /// <summary>Every text field of every spec that names something; free texts (cloud-init, a console's text, a VMware path) are not names.</summary>
    public static IReadOnlyDictionary<string, Func<string, int>> Fields { get; } = new Dictionary<string, Func<string, int>>(StringComparer.Ordinal)
    {
        ["KvmHost.address"] = text => Host(spec => spec with { Address = text }),
        ["KvmHost.migrationAddress"] = text => Host(spec => spec with { MigrationAddress = text }),
        ["KvmHost.ssh.host"] = text => Host(spec => spec with { Ssh = spec.Ssh with { Host = text } }),
        ["KvmHost.ssh.user"] = text => Host(spec => spec with { Ssh = spec.Ssh with { User = text } }),
        ["KvmHost.ssh.credentialsSecretRef"] = text => Host(spec => spec with { Ssh = spec.Ssh with { CredentialsSecretRef = SpecSamples.Named(text) } }),
        ["KvmHost.ssh.hostKeys"] = text => Host(spec => spec with { Ssh = spec.Ssh with { HostKeys = [text] } }),
        ["KvmHost.pool"] = text => Host(spec => spec with { Pool = text }),
        ["KvmHost.preparation.timeServers"] = text => Host(spec => spec with { Preparation = new HostPreparation { TimeServers = [text] } }),
        ["KvmHost.fencing.agent"] = text => Host(spec => spec with { Fencing = new HostFencing { Agent = text } }),
        ["NfsStore.server.address"] = text => Store(spec => spec with { Server = new NfsServer { Address = text } }),
        ["NfsStore.exportPath"] = text => Store(spec => spec with { ExportPath = "/" + text }),
        ["NfsStore.mountPath"] = text => Store(spec => spec with { MountPath = "/" + text }),
        ["NfsStore.exportOptions"] = text => Store(spec => spec with { ExportOptions = ["rw", "no_root_squash", text] }),
        ["NfsStore.mountOptions"] = text => Store(spec => spec with { MountOptions = [text] }),
        ["NfsStore.nfsVersion"] = text => Store(spec => spec with { NfsVersion = text }),
        ["NfsStore.pool"] = text => Store(spec => spec with { Pool = text }),
        ["VirtualMachine.disks.name"] = text => Machine(spec => spec with { Disks = [spec.Disks[0] with { Name = text }] }),
        ["VirtualMachine.disks.storeRef"] = text => Machine(spec => spec with { Disks = [spec.Disks[0] with { StoreRef = SpecSamples.Named(text) }] }),
        ["VirtualMachine.disks.source.image"] = text => Machine(spec => spec with { Disks = [spec.Disks[0] with { Source = new DiskSource { Image = text } }] }),
        ["VirtualMachine.disks.source.existing"] = text => Machine(spec => spec with { Disks = [spec.Disks[0] with { Source = new DiskSource { Existing = text } }] }),
        ["VirtualMachine.disks.source.clone"] = text => Machine(
            spec => spec with { Disks = [spec.Disks[0] with { Source = new DiskSource { CloneOf = new CloneSource { VirtualMachine = text, Disk = "root" } } }] }),
        ["VirtualMachine.networks.network"] = text => Machine(spec => spec with { Networks = [new VirtualMachineNetwork { Network = text }] }),
        ["VirtualMachine.networks.bridge"] = text => Machine(spec => spec with { Networks = [new VirtualMachineNetwork { Bridge = text }] }),
        ["VirtualMachine.networks.mac"] = text => Machine(spec => spec with { Networks = [new VirtualMachineNetwork { Bridge = "br0", Mac = text }] }),
        ["VirtualMachine.operatingSystem"] = text => Machine(spec => spec with { OperatingSystem = text }),
        ["VirtualMachine.placement.hostRef"] = text => Machine(spec => spec with { Placement = new VirtualMachinePlacement { HostRef = SpecSamples.Named(text) } }),
        ["VirtualMachine.placement.pool"] = text => Machine(spec => spec with { Placement = new VirtualMachinePlacement { Pool = text } }),
        ["VirtualMachine.placement.antiAffinity"] = text => Machine(spec => spec with { Placement = new VirtualMachinePlacement { AntiAffinity = [text] } }),
        ["VirtualMachine.boot.order"] = text => Machine(spec => spec with { Boot = new VirtualMachineBoot { Order = [text] } }),
        ["VmMigration.virtualMachineRef"] = text => Migration(spec => spec with { VirtualMachineRef = SpecSamples.Named(text) }),
        ["VmMigration.targetHostRef"] = text => Migration(spec => spec with { TargetHostRef = SpecSamples.Named(text) }),
        ["VmwareImport.virtualMachine.name"] = text => Import(spec => spec with { VirtualMachine = spec.VirtualMachine with { Name = text } }),
        ["VmwareImport.virtualMachine.network"] = text => Import(spec => spec with { VirtualMachine = spec.VirtualMachine with { Network = text } }),
        ["VmwareImport.storeRef"] = text => Import(spec => spec with { StoreRef = SpecSamples.Named(text) }),
    };

    /// <summary>Empty, read as an option or a hidden file, or with a character that means something to a shell, XML, a list or a terminal.</summary>
    private static bool IsHostile(string text) =>
        text.Length == 0 || text[0] is '-' or '.' || text.Any(character => !char.IsAsciiLetterOrDigit(character) && !".:_/@+=-".Contains(character, StringComparison.Ordinal));

    private static int Host(Func<KvmHostSpec, KvmHostSpec> change) =>
        KvmHostValidator.Validate(new KvmHost { Metadata = SpecSamples.Host.Metadata, Spec = change(SpecSamples.Host.Spec) }).Count;

    private static int Store(Func<NfsStoreSpec, NfsStoreSpec> change) =>
        NfsStoreValidator.Validate(new NfsStore { Metadata = SpecSamples.Store.Metadata, Spec = change(SpecSamples.Store.Spec) }).Count;

    private static int Machine(Func<VirtualMachineSpec, VirtualMachineSpec> change) =>
        VirtualMachineValidator.Validate(new VirtualMachine { Metadata = SpecSamples.Machine.Metadata, Spec = change(SpecSamples.Machine.Spec with { Boot = null }) }).Count;

    private static int Migration(Func<VmMigrationSpec, VmMigrationSpec> change) =>
        VmMigrationValidator.Validate(new VmMigration { Metadata = SpecSamples.Migration.Metadata, Spec = change(SpecSamples.Migration.Spec) }).Count;

    private static int Import(Func<VmwareImportSpec, VmwareImportSpec> change) =>
        VmwareImportValidator.Validate(new VmwareImport { Metadata = SpecSamples.Import.Metadata, Spec = change(SpecSamples.Import.Spec) }).Count;
}
