using System.Globalization;
using k8s.Models;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Inventory;

namespace KvmOperator.VmwareImports;

/// <summary>The jobs of imports on their hosts. Pure.</summary>
internal static class ImportJobs
{
    /// <summary>So many imports are converted on a host at once: each is one process that reads and writes as fast as it can.</summary>
    public const int MostOnHost = 2;

    /// <summary>The name of the job that converts a disk: one disk, one job, whoever starts it.</summary>
    public static JobName Name(VmwareImport import, int disk) => new("import", string.Create(CultureInfo.InvariantCulture, $"{import.Uid()}-{disk}"));

    /// <summary>The imports that come before one on its host, as many as there may be at once; empty when it is its turn. The oldest goes first.</summary>
    /// <param name="import">The import.</param>
    /// <param name="converting">Those that are converted on its host, or wait for that.</param>
    public static IReadOnlyList<string> Before(VmwareImport import, IEnumerable<VmwareImport> converting)
    {
        var before = converting
            .Where(other => other.Uid() != import.Uid() && other.Metadata.DeletionTimestamp is null && Rank(other).CompareTo(Rank(import)) < 0)
            .OrderBy(Rank)
            .Select(ImportIndexes.NameOf)
            .ToList();
        return before.Count >= MostOnHost ? before : [];
    }

    private static (DateTime Since, string Name) Rank(VmwareImport import) => (import.Status?.StartTime ?? DateTime.MaxValue, ImportIndexes.NameOf(import));
}
