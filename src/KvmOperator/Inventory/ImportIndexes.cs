using k8s.Models;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Runtime.Informers;

namespace KvmOperator.Inventory;

/// <summary>Under what imports are filed.</summary>
internal static class ImportIndexes
{
    /// <summary>Those whose disks are converted, by the host that does it.</summary>
    public const string ConvertingByHost = "converting-host";

    /// <summary>The indexes.</summary>
    public static IReadOnlyList<EntityIndex<VmwareImport>> All { get; } =
    [
        new(ConvertingByHost, import => import.Status is { Step: ImportStep.Convert, Phase: VmwareImportPhase.Running, Host: { } host } ? [host] : []),
    ];

    /// <summary>The imports that are converted on a host.</summary>
    public static IReadOnlyList<VmwareImport> ConvertingOn(this IEntityStore<VmwareImport> imports, string host) => imports.ListBy(ConvertingByHost, host);

    /// <summary>An import for people.</summary>
    public static string NameOf(VmwareImport import) => $"{import.Namespace()}/{import.Name()}";
}
