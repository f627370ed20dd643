using KvmOperator.Api.VmwareImports;

namespace KvmOperator.VmwareImports;

/// <summary>Which step may follow which, and which phase an import is in meanwhile. <c>states.md</c> beside this file shows it, and a test holds the two together.</summary>
internal static class VmwareImportStates
{
    /// <summary>The steps that may follow each; an import may be over after each of them.</summary>
    public static IReadOnlyDictionary<ImportStep, IReadOnlyList<ImportStep>> Next { get; } = new Dictionary<ImportStep, IReadOnlyList<ImportStep>>
    {
        [ImportStep.Inspect] = [ImportStep.Convert, ImportStep.Define],
        [ImportStep.Convert] = [ImportStep.Define],
        [ImportStep.Define] = [ImportStep.Boot],
        [ImportStep.Boot] = [ImportStep.Verify],
        [ImportStep.Verify] = [ImportStep.Trim],
        [ImportStep.Trim] = [],
    };

    /// <summary>Whether an import is over.</summary>
    public static bool IsEnd(VmwareImportPhase? phase) => phase is VmwareImportPhase.Succeeded or VmwareImportPhase.Failed or VmwareImportPhase.Cancelled;

    /// <summary>The phase during a step: while the source is read nothing was written.</summary>
    public static VmwareImportPhase Phase(ImportStep step) => step == ImportStep.Inspect ? VmwareImportPhase.Pending : VmwareImportPhase.Running;

    /// <summary>Whether files of the import are made on a host, so that they go away with it when nobody has them yet.</summary>
    public static bool OwnsFiles(ImportStep? step) => step is ImportStep.Convert or ImportStep.Define;
}
