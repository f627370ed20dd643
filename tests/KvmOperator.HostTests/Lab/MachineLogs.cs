namespace KvmOperator.HostTests.Lab;

/// <summary>Reads how machines ended by themselves: the last words of their kernels, and what QEMU noted of their processors.</summary>
internal sealed class MachineLogs
{
    /// <summary>
    /// A kernel that gives up says so on the console. A processor that faults while it handles a fault of a fault resets the machine without a word of the kernel; QEMU
    /// notes that with <c>-d cpu_reset</c>.
    /// </summary>
    private static readonly (string File, string Death)[] Deaths = [("console.log", "] Kernel panic - not syncing"), ("processor.log", "Triple fault")];

    private readonly Dictionary<string, long> read = new(StringComparer.Ordinal);

    /// <summary>The deaths of a lab's machines that were not told before, with the machines' names.</summary>
    public async Task<IReadOnlyList<string>> DeathsAsync(KvmLab lab, CancellationToken cancellationToken)
    {
        var configuration = await lab.TryAsync(["ssh-config"], cancellationToken);
        if (!configuration.Succeeded)
        {
            return [];
        }

        var folder = Path.GetDirectoryName(configuration.Output.Trim())!;
        var deaths = new List<string>();
        foreach (var (name, death) in Deaths)
        {
            foreach (var log in Directory.GetFiles(folder, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var said = await NewAsync(log, cancellationToken);
                deaths.AddRange(said.Split('\n').Where(line => line.Contains(death, StringComparison.Ordinal)).Select(line => $"{Path.GetFileName(Path.GetDirectoryName(log))}: {line.Trim()}"));
            }
        }

        return deaths;
    }

    private async Task<string> NewAsync(string log, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

        // A shorter file is that of a machine that was started anew.
        file.Position = read.TryGetValue(log, out var before) && before <= file.Length ? before : 0;
        using var reader = new StreamReader(file);
        var said = await reader.ReadToEndAsync(cancellationToken);
        read[log] = file.Position;
        return said;
    }
}
