using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>What should be brought over, and how.</summary>
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

    /// <summary>How it is seen that the guest works.</summary>
    public ImportVerification Verify { get; init; } = new();
}
