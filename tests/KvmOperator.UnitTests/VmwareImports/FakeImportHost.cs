using System.Text;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Connections;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using KvmOperator.UnitTests.Api;
using KvmOperator.VmwareImports;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>A host that is made up: with a source in memory, files in a store, and conversions that are where a test puts them.</summary>
internal sealed class FakeImportHost : IImportHosts, IVmwareSources, IVmwareImages, IHostJobs, IGuestEvidenceReader
{
    private readonly List<(string Path, byte[] Content)> source = [];

    /// <summary>Where imports are carried out; null for nowhere.</summary>
    public ImportPlace? Place { get; set; } = new("node1", new SourceScope("/srv/import/vm", ["/srv/import"], ["/var/lib/libvirt/images"], "default"), SpecSamples.Store);

    /// <summary>Whether the host cannot be asked.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Why the source cannot be read; null for one that can.</summary>
    public string? Refusal { get; set; }

    /// <summary>The record in the guest's folder.</summary>
    public ImportRecord? Record { get; set; }

    /// <summary>The files in the store.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Where each conversion stands that was asked for.</summary>
    public Func<int, ConversionState> Conversion { get; set; } = _ => new ConversionState(ConversionOutcome.Done, 100, string.Empty, 4096);

    /// <summary>What shows that the guest works.</summary>
    public GuestEvidence Evidence { get; set; } = new(false, null, null, null);

    /// <summary>What was done, in order.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Puts a file into the source, in place of one of that name.</summary>
    public void Add(string path, byte[] content)
    {
        source.RemoveAll(file => file.Path == path);
        source.Add((path, content));
    }

    public void Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public void Remove(string path) => source.RemoveAll(file => file.Path == path);

    public (ImportPlace? Place, ImportRefusal? Refusal) Find(VmwareImport import) => (Place, Place is null ? new ImportRefusal("DependencyNotReady", "no host can do it") : null);

    public ImportStore? FindStore(VmwareImport import) => new("node1", "/var/lib/libvirt/images");

    public Task<IHostShell> ShellAsync(string name, CancellationToken cancellationToken) =>
        IsSilent ? throw new MachineUnavailableException($"{name} cannot be asked") : Task.FromResult<IHostShell>(new NamedShell(name));

    public Task<IOpenedSource> OpenAsync(IHostShell host, SourceScope scope, CancellationToken cancellationToken)
    {
        Done.Add("read the source");
        return Refusal is { } why ? throw new SourceRefusedException(why) : Task.FromResult<IOpenedSource>(new MemorySourceOnHost([.. source]));
    }

    public Task WriteRecordAsync(IHostShell host, string guestFolder, IReadOnlyList<string> stores, ImportRecord record, CancellationToken cancellationToken)
    {
        Record = record;
        Done.Add("wrote the record");
        return Task.CompletedTask;
    }

    public Task<ImportRecord?> ReadRecordAsync(IHostShell host, string guestFolder, CancellationToken cancellationToken) => Task.FromResult(Record);

    public Task<IReadOnlySet<string>> FindAsync(IHostShell host, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlySet<string>>(paths.Where(Files.Contains).ToHashSet(StringComparer.Ordinal));

    public Task<ConversionState> ConvertAsync(IHostShell host, JobName name, SourceScope scope, string guestFolder, int disk, CancellationToken cancellationToken)
    {
        Done.Add($"converted {disk}");
        var state = Conversion(disk);
        if (state.Outcome == ConversionOutcome.Done)
        {
            Files.Add(Record!.Disks[disk].Target);
        }

        return Task.FromResult(state);
    }

    public Task<TrimResult> TrimAsync(IHostShell host, SourceScope scope, string guestFolder, CancellationToken cancellationToken)
    {
        Done.Add($"trimmed {string.Join(' ', Record!.Trim.Select(file => Encoding.UTF8.GetString(file.Path.Span)))}");
        return Task.FromResult(new TrimResult(Record.Trim.Count, Record.Trim.Sum(file => file.Size), []));
    }

    public Task RemoveAsync(IHostShell host, string guestFolder, IReadOnlyList<string> targets, CancellationToken cancellationToken)
    {
        Done.Add($"removed {string.Join(' ', targets)}");
        Files.ExceptWith(targets);
        Record = null;
        return Task.CompletedTask;
    }

    public Task<GuestEvidence> ReadAsync(IHostShell host, DomainIdentity domain, CancellationToken cancellationToken) => Task.FromResult(Evidence);

    public Task ForgetAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
    {
        Done.Add($"forgot {name}");
        return Task.CompletedTask;
    }

    public Task<JobState> StopAsync(IHostShell host, JobName name, CancellationToken cancellationToken)
    {
        Done.Add($"stopped {name}");
        return Task.FromResult(JobState.Missing);
    }

    public Task<JobState> StartAsync(IHostShell host, JobName name, IReadOnlyList<string> arguments, JobOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<JobState> ReadAsync(IHostShell host, JobName name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<(JobState State, string Answer)> WatchAsync(IHostShell host, JobName name, TimeSpan patience, IReadOnlyList<string> question, CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed record NamedShell(string Name) : IHostShell
    {
        public HostKey? HostKey => null;

        public Task<CommandResult> RunAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IHostChannel> OpenAsync(RemoteCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class MemorySourceOnHost(IReadOnlyList<(string Path, byte[] Content)> files) : IOpenedSource
    {
        public IReadOnlyList<SourceEntry> Entries { get; } =
            [.. files.Select((file, index) => new SourceEntry(index, Encoding.UTF8.GetBytes(file.Path), SourceEntryKind.File, file.Content.Length, 1_700_000_000_000_000_000 + index, index + 1))];

        public ReadOnlyMemory<byte>? File => null;

        public DateTimeOffset ListedAt => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(SourceEntry entry, long offset, int count, CancellationToken cancellationToken)
        {
            var content = files[entry.Index].Content;
            var start = (int)Math.Min(offset, content.Length);
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(content.AsMemory(start, Math.Min(count, content.Length - start)));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
