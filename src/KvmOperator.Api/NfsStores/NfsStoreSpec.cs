using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.NfsStores;

/// <summary>What the storage should be.</summary>
[ValidationRule("self.exportPath == oldSelf.exportPath", Message = "the export path cannot be changed: make a new store and move the disks", FieldPath = ".exportPath")]
[ValidationRule("self.mountPath == oldSelf.mountPath", Message = "the mount path cannot be changed while guests use it: make a new store", FieldPath = ".mountPath")]
[ValidationRule("self.server.address == oldSelf.server.address", Message = "the server cannot be changed: make a new store and move the disks", FieldPath = ".server.address")]
[ValidationRule("!has(self.server.ssh) || !self.exportPath.matches('" + Patterns.SystemFolder + "')", Message = "the export path belongs to the system: export a folder elsewhere, as /srv/images", FieldPath = ".exportPath")]
public sealed record NfsStoreSpec
{
    /// <summary>The machine that serves the export.</summary>
    [Required]
    public NfsServer Server { get; init; } = new();

    /// <summary>The folder on the server that is exported.</summary>
    [Required]
    [Length(2, 255)]
    [Pattern(Patterns.PlainPath)]
    public string ExportPath { get; init; } = "";

    /// <summary>Options of exports(5), rw and no_root_squash among them. When none are given: rw, sync, no_root_squash, no_subtree_check.</summary>
    [Items(0, 16)]
    [ItemPattern(Patterns.Option, 64)]
    [ValidationRule("self.all(option, !(option in ['ro', 'async', 'root_squash', 'all_squash']))", Message = "running guests need rw, sync and no_root_squash: leave ro, async, root_squash and all_squash out")]
    [ValidationRule("self.all(option, !(option in ['fsid=0', 'fsid=root']))", Message = "fsid=0 makes the folder the root of everything that the server exports by NFS 4, and hosts do not find it by its path: leave it out")]
    [ValidationRule("size(self) == 0 || ('rw' in self && 'no_root_squash' in self)", Message = "say rw and no_root_squash too, or leave the options out: without them guests cannot write their disks")]
    public IReadOnlyList<string> ExportOptions { get; init; } = [];

    /// <summary>Where the export is mounted on every host.</summary>
    [DefaultValue("/var/lib/libvirt/images")]
    [Length(2, 255)]
    [Pattern(Patterns.PlainPath)]
    [ValidationRule("!self.matches('" + Patterns.SystemFolder + "')", Message = "the mount path belongs to the system: mount elsewhere, as /var/lib/libvirt/images")]
    public string MountPath { get; init; } = "/var/lib/libvirt/images";

    /// <summary>The version of NFS. Only 4.2 locks disks across hosts as the operator relies on; older ones are for servers that have nothing else.</summary>
    [DefaultValue("4.2")]
    [Length(1, 3)]
    [Pattern(Patterns.NfsVersion)]
    public string NfsVersion { get; init; } = "4.2";

    /// <summary>More options of nfs(5) for the mount.</summary>
    [Items(0, 16)]
    [ItemPattern(Patterns.Option, 64)]
    [ValidationRule("self.all(option, !(option in ['ro', 'nolock', 'soft', 'softerr', 'softreval']) && !option.startsWith('local_lock='))", Message = "ro, nolock, local_lock, soft, softerr and softreval endanger guests: disks have to be writable, locked across hosts, and never half written")]
    [ValidationRule("self.all(option, !option.matches('" + Patterns.VersionOption + "'))", Message = "the version stands in spec.nfsVersion: leave it out here")]
    public IReadOnlyList<string> MountOptions { get; init; } = [];

    /// <summary>The pool whose hosts mount it, and to which alone it is exported.</summary>
    [DefaultValue("default")]
    [Length(1, 63)]
    [Pattern(Patterns.Label)]
    public string Pool { get; init; } = "default";
}
