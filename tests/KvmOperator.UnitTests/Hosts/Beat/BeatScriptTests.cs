using System.Collections.Concurrent;
using System.Diagnostics;
using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

/// <summary><c>beat.sh</c> and <c>store-probe.py</c> in this computer's own shell.</summary>
public sealed class BeatScriptTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_beats_without_any_program()
    {
        // With this path no program would be found.
        await using var script = new HeldProcess(Script(BeatCommands.Host), path: "/nonexistent", shell: "/bin/bash");
        using var reader = new BeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = reader.ReadAsync(() => { }, Cancellation);
        await HeldProcess.UntilAsync(() => reader.Latest?.Sequence >= 3, Cancellation);

        Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), reader.Latest!.BootId);
        Assert.InRange(reader.Latest.Processors, 1, 4096);
        Assert.InRange(reader.Latest.AvailableMemoryBytes, 1, reader.Latest.MemoryBytes);
        Assert.Equal(Directory.GetDirectories("/sys/class/net").Where(device => Directory.Exists($"{device}/bridge")).Select(device => Path.GetFileName(device)).Order(StringComparer.Ordinal), reader.Latest.Bridges.Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllLines("/proc/meminfo").Where(line => line.StartsWith("Hugetlb:", StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture)) * 1024, reader.Latest.HugePagesBytes);
        Assert.InRange(reader.Latest.CpuTimes.Busy, 1, reader.Latest.CpuTimes.Total);
        Assert.Equal(0, reader.Skipped);
        Assert.Empty(script.Children);
        Assert.Equal(0, TicksOfChildren(script.Process));

        script.Input.Close();
        await listening;
        Assert.Equal(0, (await script.EndAsync(Cancellation)).ExitStatus);
    }

    [Theory]
    [InlineData("/usr/bin:/bin")]
    [InlineData("no python")]
    public async Task Stores_are_asked_beside_it(string path)
    {
        using var tools = new Tools("stat");
        await using var script = new HeldProcess(Script(BeatCommands.Host), path.Contains(' ', StringComparison.Ordinal) ? tools.Folder : path, "/bin/bash");
        using var reader = new BeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = reader.ReadAsync(() => { }, Cancellation);
        await reader.ProbeAsync(["/proc", "/not mounted"], Cancellation);
        await HeldProcess.UntilAsync(() => reader.Find("/proc", Patience) is not null && reader.Find("/not mounted", Patience) is not null, Cancellation);

        Assert.True(reader.Find("/proc", Patience)!.Answers);
        Assert.Equal("not mounted", reader.Find("/not mounted", Patience)!.Reason);

        await reader.ProbeAsync(["/sys"], Cancellation);
        await HeldProcess.UntilAsync(() => reader.Find("/sys", Patience) is not null, Cancellation);
        Assert.Equal(0, reader.Skipped);

        var children = script.Children;
        Assert.NotEmpty(children);
        script.Input.Close();
        await listening;
        await HeldProcess.UntilAsync(() => !children.Any(HeldProcess.IsAlive), Cancellation);
    }

    [Fact]
    public async Task A_store_that_hangs_holds_neither_the_beat_nor_the_other_stores_and_not_the_end()
    {
        var command = BeatCommands.Host.Arguments.Select(argument => argument.Replace("os.statvfs(path)", "__import__('time').sleep(1000) if path == b'/sys' else os.statvfs(path)", StringComparison.Ordinal));
        await using var script = new HeldProcess(Script(RemoteCommand.Of("bash", [.. command.Skip(1)]), interval: "0.4"), shell: "/bin/bash");
        using var lines = new ProbeLines(script);
        var listening = lines.ListenAsync(Cancellation);
        await lines.ProbeAsync("/proc /sys", Cancellation);
        await HeldProcess.UntilAsync(() => lines.Find("/sys")?.Took > TimeSpan.FromSeconds(1) && lines.Find("/proc")?.Number >= 3, Cancellation);

        Assert.Equal(StoreState.Waiting, lines.Find("/sys")!.State);
        Assert.Equal(1, lines.Find("/sys")!.Number);
        Assert.True(lines.Beats >= 1);

        var children = script.Children;
        script.Input.Close();
        await listening;
        await HeldProcess.UntilAsync(() => !children.Any(HeldProcess.IsAlive), Cancellation);
    }

    [Fact]
    public async Task A_killed_script_leaves_nothing_behind()
    {
        await using var script = new HeldProcess(Script(BeatCommands.Host), shell: "/bin/bash");
        using var reader = new BeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = reader.ReadAsync(() => { }, Cancellation);
        await reader.ProbeAsync(["/proc"], Cancellation);
        await HeldProcess.UntilAsync(() => reader.Find("/proc", Patience) is not null, Cancellation);

        var children = script.Children;
        Assert.NotEmpty(children);
        script.Process.Kill();
        await listening;
        await HeldProcess.UntilAsync(() => !children.Any(HeldProcess.IsAlive), Cancellation);
    }

    [Fact]
    public async Task A_probe_that_died_is_replaced()
    {
        await using var script = new HeldProcess(Script(BeatCommands.Host), shell: "/bin/bash");
        using var lines = new ProbeLines(script);
        var listening = lines.ListenAsync(Cancellation);
        await lines.ProbeAsync("/proc", Cancellation);
        await HeldProcess.UntilAsync(() => lines.Find("/proc") is not null, Cancellation);
        var before = lines.Find("/proc");
        foreach (var child in script.Children)
        {
            using var process = Process.GetProcessById(child);
            process.Kill();
        }

        await HeldProcess.UntilAsync(() => lines.Find("/proc") != before, Cancellation);
        Assert.Equal(StoreState.Answers, lines.Find("/proc")!.State);
        script.Input.Close();
        await listening;
    }

    [Fact]
    public async Task It_tells_when_a_file_changed_or_came_and_not_of_one_from_the_future()
    {
        using var folder = new Tools();
        var (mark, edited, coming, future) = (folder.PathOf("mark"), folder.PathOf("edited"), folder.PathOf("coming"), folder.PathOf("future"));
        foreach (var file in (string[])[edited, future])
        {
            await File.WriteAllTextAsync(file, "before", Cancellation);
        }

        File.SetLastWriteTimeUtc(edited, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1));
        File.SetLastWriteTimeUtc(future, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(1));
        await using var script = new HeldProcess(Script(BeatCommands.Host, files: [mark, edited, coming, future]), shell: "/bin/bash");
        using var reader = new BeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = reader.ReadAsync(() => { }, Cancellation);

        // Two looks with nothing but the one from the future.
        await HeldProcess.UntilAsync(() => reader.Latest?.Sequence >= 17, Cancellation);
        Assert.Null(reader.FilesChanged);

        await File.WriteAllTextAsync(edited, "after", Cancellation);
        await HeldProcess.UntilAsync(() => reader.FilesChanged is not null, Cancellation);
        var first = reader.FilesChanged;
        await File.WriteAllTextAsync(coming, "new", Cancellation);
        await HeldProcess.UntilAsync(() => reader.FilesChanged > first, Cancellation);
        script.Input.Close();
        await listening;
        Assert.Equal(0, reader.Skipped);
    }

    [Fact]
    public async Task It_tells_of_files_that_changed_while_nobody_listened()
    {
        using var folder = new Tools();
        var (mark, edited) = (folder.PathOf("mark"), folder.PathOf("edited"));
        await File.WriteAllTextAsync($"{mark}.1", "\n", Cancellation);
        File.SetLastWriteTimeUtc($"{mark}.1", TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1));
        await File.WriteAllTextAsync(edited, "after", Cancellation);
        await using var script = new HeldProcess(Script(BeatCommands.Host, files: [mark, edited]), shell: "/bin/bash");
        using var reader = new BeatReader(script.Input, script.Output, TimeProvider.System);
        var listening = reader.ReadAsync(() => { }, Cancellation);

        await HeldProcess.UntilAsync(() => reader.FilesChanged is not null, Cancellation);
        script.Input.Close();
        await listening;
    }

    [Fact]
    public async Task It_ends_when_nothing_was_heard_for_too_long()
    {
        await using var script = new HeldProcess(Script(BeatCommands.Host, patience: "2"), shell: "/bin/bash");

        // Its input stays open, as behind a connection that broke without a word.
        Assert.Equal(0, (await script.EndAsync(Cancellation)).ExitStatus);
    }

    [Fact]
    public async Task It_ends_when_nobody_takes_its_beats()
    {
        await using var script = new HeldProcess(Script(BeatCommands.Host), shell: "/bin/bash");
        script.Output.Close();

        await script.Ended.WaitAsync(Cancellation);
    }

    private static RemoteCommand Script(RemoteCommand command, string interval = "4", string patience = "90", params IReadOnlyList<string> files) =>
        RemoteCommand.Of(command.Arguments[0], [.. command.Arguments.Skip(1).Take(4), interval, patience, .. files]);

    /// <summary>What ended children took of the processor: none for a script that started none.</summary>
    private static long TicksOfChildren(Process process)
    {
        var fields = File.ReadAllText($"/proc/{process.Id}/stat").Split(") ")[^1].Split(' ');
        return long.Parse(fields[13], System.Globalization.CultureInfo.InvariantCulture) + long.Parse(fields[14], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The lines of the probes, each as it came: a <see cref="BeatReader"/> keeps only what they come to.</summary>
    private sealed class ProbeLines(HeldProcess process) : IDisposable
    {
        private readonly HeldScript script = new(process.Input, process.Output, TimeProvider.System);
        private readonly ConcurrentDictionary<string, StoreBeat> latest = new(StringComparer.Ordinal);
        private int beats;

        /// <summary>How many beats came beside them.</summary>
        public int Beats => Volatile.Read(ref beats);

        public Task ListenAsync(CancellationToken cancellationToken) => script.ListenAsync(Take, cancellationToken);

        public Task ProbeAsync(string paths, CancellationToken cancellationToken) => script.SayAsync($"stores {paths}", cancellationToken);

        public StoreBeat? Find(string path) => latest.GetValueOrDefault(path);

        public void Dispose() => script.Dispose();

        private bool Take(ReadOnlySpan<char> line)
        {
            if (BeatParser.ParseStore(line) is { } store)
            {
                latest[store.MountPath] = store;
            }
            else
            {
                Interlocked.Increment(ref beats);
            }

            return true;
        }
    }

    /// <summary>A path with these programs only.</summary>
    private sealed class Tools : IDisposable
    {
        public Tools(params string[] names)
        {
            foreach (var name in names)
            {
                File.CreateSymbolicLink(Path.Combine(Folder, name), Path.Combine("/usr/bin", name));
            }
        }

        public string PathOf(string name) => Path.Combine(Folder, name);

        public string Folder { get; } = Directory.CreateTempSubdirectory("kvm-operator-tools-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
