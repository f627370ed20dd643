using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>Judges locks: those of a machine that runs stop an import, those of a copied folder stop it until a person says that they are old.</summary>
public static class LockGrade
{
    private static readonly TimeSpan Changing = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>The files that are locks, or are locked by hosted products' folders.</summary>
    public static IReadOnlyList<SourceFile> LocksOf(SourceFolder folder) =>
        [.. folder.Files.Where(file => file.Kind == SourceFileKind.File && !file.IsDebris
            && (TrimReport.EsxiLock().IsMatch(file.Name) || (file.Name.EndsWith(".lck", StringComparison.OrdinalIgnoreCase) && file.Folder.EndsWith(".lck", StringComparison.OrdinalIgnoreCase))))];

    /// <summary>Says what the locks mean.</summary>
    /// <param name="folder">The source.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="locks">The locks with their holders; null for a lock of an ESXi, which does not say it.</param>
    /// <param name="concerns">Takes the judgement.</param>
    public static void Judge(SourceFolder folder, SourceMachine machine, IReadOnlyList<(SourceFile File, LockHolder? Holder)> locks, ConcernList concerns)
    {
        if (locks.Count == 0)
        {
            if (machine.WasShutDown == false && machine.SuspendedState is null)
            {
                concerns.Add(ConcernId.UncleanShutdown, string.Empty, "The machine was not shut down cleanly: it crashed, or was copied while it ran.");
            }

            return;
        }

        var names = Shown.List(locks.Select(one => one.File.Path), 4);
        var held = locks.Where(one => one.Holder is null || one.Holder.IsMachine).ToList();
        if (held.Count > 0 && Evidence(folder, machine, held) is { } evidence)
        {
            concerns.Add(ConcernId.SourceInUse, string.Empty, $"The machine is running: {names} are held by it, and {evidence}.");
        }
        else if (held.Count > 0)
        {
            concerns.Add(ConcernId.StaleLock, string.Empty, $"{names} were held by a running machine, and nothing shows that it still runs.");
        }
        else
        {
            concerns.Add(ConcernId.StaleLock, string.Empty, $"{names} are held by VMware's window, and not by a running machine.", "Close the machine's tab in VMware. Or accept StaleLock, when nobody starts it there.");
        }
    }

    private static string? Evidence(SourceFolder folder, SourceMachine machine, List<(SourceFile File, LockHolder? Holder)> held)
    {
        var changing = folder.Files.FirstOrDefault(file => file.Kind == SourceFileKind.File && !file.IsDebris && (folder.ListedAt - file.Modified).Duration() <= Changing);
        if (changing is not null)
        {
            return $"{Shown.Of(changing.Path)} is being written";
        }

        if (held.FirstOrDefault(one => (folder.ListedAt - one.File.Modified).Duration() <= Fresh) is { File: { } fresh })
        {
            return $"{Shown.Of(fresh.Path)} is younger than ten minutes";
        }

        // A machine's memory is a file while it runs, and is deleted when it ends. That of a suspended machine and of snapshots stays.
        var memory = folder.Files.FirstOrDefault(file => file.Kind == SourceFileKind.File && file.Name.EndsWith(".vmem", StringComparison.OrdinalIgnoreCase) && TrimReport.ClassOf(file.Name, machine.SuspendedState is not null) == TrimClass.Swap)
            ?? folder.Files.FirstOrDefault(file => file.Path.Contains(".vmem.lck/", StringComparison.OrdinalIgnoreCase) && machine.SuspendedState is null);
        return memory is null ? null : $"its memory is there ({Shown.Of(memory.Path)})";
    }
}
