using System.Text.RegularExpressions;
using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Says which files of a source are disposable. A disk of any kind, a .vmx, a .nvram and the list of snapshots never are.</summary>
public static partial class TrimReport
{
    private static readonly string[] Kept = [".vmdk", ".vmx", ".nvram", ".vmsd", ".vmxf", ".ovf", ".ova", ".mf", ".cert", ".iso", ".flp", ".img"];

    /// <summary>The disposable files.</summary>
    /// <param name="folder">The source.</param>
    /// <param name="used">Files that the import read or converted: they are kept, whatever they are called.</param>
    /// <param name="isSuspended">Whether the machine is suspended.</param>
    /// <param name="machineFolder">The folder of the .vmx below the source's: only what lies there is looked at.</param>
    public static IReadOnlyList<TrimItem> Make(SourceFolder folder, IEnumerable<SourceFile> used, bool isSuspended, string machineFolder)
    {
        var kept = used.SelectMany(file => file.Pieces.Select(piece => piece.Container).Append(file)).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var prefix = machineFolder.Length == 0 ? string.Empty : machineFolder + "/";
        return [.. folder.Files
            .Where(file => file.Kind == SourceFileKind.File && file.Path.StartsWith(prefix, StringComparison.Ordinal) && !kept.Contains(file.Path))
            .Select(file => (File: file, Class: ClassOf(file.Path[prefix.Length..], isSuspended)))
            .Where(pair => pair.Class is not null)
            .Select(pair => new TrimItem(pair.Class!.Value, pair.File, isSuspended && pair.Class is TrimClass.SuspendedState or TrimClass.SnapshotState))
            .OrderBy(item => (item.Class, item.File.Path))];
    }

    /// <summary>What a file is, null for one that is kept.</summary>
    /// <param name="path">Its path below the folder of the .vmx.</param>
    /// <param name="isSuspended">Whether the machine is suspended.</param>
    public static TrimClass? ClassOf(string path, bool isSuspended)
    {
        var parts = path.Split('/');
        var (first, name) = (parts[0], parts[^1]);
        if (parts.Length > 1)
        {
            // Folders that VMware fills by itself; what a person keeps in others is theirs.
            return parts.Length == 2 && first.EndsWith(".lck", StringComparison.OrdinalIgnoreCase) && LockName().IsMatch(name) ? TrimClass.Locks
                : first is "caches" or "appListCache" ? TrimClass.Caches
                : null;
        }

        if (name == ".DS_Store" || name.StartsWith("._", StringComparison.Ordinal))
        {
            return TrimClass.Leftovers;
        }

        if (EsxiLock().IsMatch(name))
        {
            return TrimClass.Locks;
        }

        if (Kept.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        return Log().IsMatch(name) ? TrimClass.Logs
            : Cache().IsMatch(name) ? TrimClass.Caches
            : SnapshotState().IsMatch(name) ? TrimClass.SnapshotState
            : name.EndsWith(".vmss", StringComparison.OrdinalIgnoreCase) ? TrimClass.SuspendedState
            : name.EndsWith(".vmem", StringComparison.OrdinalIgnoreCase) ? isSuspended ? TrimClass.SuspendedState : TrimClass.Swap
            : name.EndsWith(".vswp", StringComparison.OrdinalIgnoreCase) ? TrimClass.Swap
            : Leftover().IsMatch(name) ? TrimClass.Leftovers
            : null;
    }

    [GeneratedRegex(@"^(vmware|mksSandbox|vprintproxy|vmware-vmx)(-\d+)?\.log$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Log();

    [GeneratedRegex(@"^(quicklook-cache\.png|screenshot\d*\.png|appListCache)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Cache();

    [GeneratedRegex(@"-Snapshot\d+\.(vmsn|vmem)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SnapshotState();

    [GeneratedRegex(@"\.(vmx~|hlog|scoreboard|vmx\.bak)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Leftover();

    [GeneratedRegex(@"^[A-Z]?\d+\.lck$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex LockName();

    [GeneratedRegex(@"^\.lck-[0-9a-f]{1,32}$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    internal static partial Regex EsxiLock();
}
