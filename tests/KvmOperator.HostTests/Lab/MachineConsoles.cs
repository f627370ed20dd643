namespace KvmOperator.HostTests.Lab;

/// <summary>Reads what machines say on their consoles when their kernels die.</summary>
internal sealed class MachineConsoles
{
    private const string Death = "] Kernel panic - not syncing";

    private readonly Dictionary<string, long> read = new(StringComparer.Ordinal);

    /// <summary>The dead kernels of a lab that were not told before, with their machines' names.</summary>
    public async Task<IReadOnlyList<string>> DeadKernelsAsync(KvmLab lab, CancellationToken cancellationToken)
    {
        var configuration = await lab.TryAsync(["ssh-config"], cancellationToken);
        if (!configuration.Succeeded)
        {
            return [];
        }

        var dead = new List<string>();
        foreach (var console in Directory.GetFiles(Path.GetDirectoryName(configuration.Output.Trim())!, "console.log", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await using var file = new FileStream(console, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

            // A shorter file is that of a lab that was made anew.
            file.Position = read.TryGetValue(console, out var before) && before <= file.Length ? before : 0;
            using var reader = new StreamReader(file);
            var said = await reader.ReadToEndAsync(cancellationToken);
            read[console] = file.Position;
            dead.AddRange(said.Split('\n').Where(line => line.Contains(Death, StringComparison.Ordinal)).Select(line => $"{Path.GetFileName(Path.GetDirectoryName(console))}: {line.Trim()}"));
        }

        return dead;
    }
}
