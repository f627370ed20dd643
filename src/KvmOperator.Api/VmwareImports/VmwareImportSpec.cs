using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What should be brought over, and how.</summary>
[ValidationRule(
    "self.virtualMachine == oldSelf.virtualMachine && self.storeRef == oldSelf.storeRef && self.trim == oldSelf.trim && self.engine == oldSelf.engine"
    + " && has(self.verify) == has(oldSelf.verify) && (!has(self.verify) || self.verify == oldSelf.verify) && self.source.path == oldSelf.source.path"
    + " && has(self.source.hostRef) == has(oldSelf.source.hostRef) && (!has(self.source.hostRef) || self.source.hostRef == oldSelf.source.hostRef)"
    + " && has(self.source.storeRef) == has(oldSelf.source.storeRef) && (!has(self.source.storeRef) || self.source.storeRef == oldSelf.source.storeRef)",
    Message = "an import happens once and cannot be changed, but for stopAfter, acceptConcerns, start, source.vmx and source.snapshot: create another one")]
public sealed record VmwareImportSpec
{
    /// <summary>Where the VMware machine's files are.</summary>
    [Required]
    public ImportSource Source { get; init; } = new();

    /// <summary>The VirtualMachine that is made of them.</summary>
    [Required]
    public ImportedVirtualMachine VirtualMachine { get; init; } = new();

    /// <summary>The store that takes the disks.</summary>
    [Required]
    public LocalObjectReference StoreRef { get; init; } = new();

    /// <summary>Never: the source is not touched. Report: what is disposable is said. AfterSuccess: logs, caches, locks and swap files are deleted once the guest was verified.</summary>
    [DefaultValue(TrimPolicy.Report)]
    public TrimPolicy Trim { get; init; } = TrimPolicy.Report;

    /// <summary>QemuImg: the disks as they are. VirtV2v: drivers are put into the guest too. Auto: what the guest needs.</summary>
    [DefaultValue(ImportEngine.Auto)]
    public ImportEngine Engine { get; init; } = ImportEngine.Auto;

    /// <summary>Inspect: the source is read, everything is said, and nothing is written until this is taken away. May be changed until the disks are converted.</summary>
    public ImportStopAfter? StopAfter { get; init; }

    /// <summary>Ids of critical concerns that a person knows of and takes (<c>StaleLock</c>). Only those that may be released are. May be changed until the disks are converted.</summary>
    [Items(0, 32)]
    [ItemPattern(Patterns.ConcernId, 63)]
    public IReadOnlyList<string> AcceptConcerns { get; init; } = [];

    /// <summary>Whether the guest is started. Without it, nothing is verified and nothing is deleted. May be changed until the disks are converted.</summary>
    [DefaultValue(true)]
    public bool Start { get; init; } = true;

    /// <summary>How it is seen that the guest works.</summary>
    public ImportVerification Verify { get; init; } = new();
}
