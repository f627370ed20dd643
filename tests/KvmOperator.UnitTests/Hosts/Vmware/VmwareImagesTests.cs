using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using KvmOperator.Hosts.Jobs;
using KvmOperator.Hosts.Ssh;
using KvmOperator.Hosts.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Vmware;

/// <summary>
/// Disks are converted, and what is disposable is deleted, by the scripts in this computer's own Python. A stub stands for qemu-img: what it "converts" is the content of the first file of the work folder, so that the
/// test sees which file was opened.
/// </summary>
public sealed class VmwareImagesTests : IDisposable
{
    private static readonly JobName Job = new("import", "uid-0");

    private readonly SourceRoom room = new();
    private readonly InlineJobs jobs = new();
    private readonly ScriptedHost host = new((
        "qemu-img",
        """
        printf '%s\n' "$*" >> "$FOLDER/calls"
        for file; do :; done
        case $1 in
          measure) cat "$FOLDER/measured" 2>/dev/null || echo '{"required": 1048576, "fully-allocated": 2097152}' ;;
          convert)
            for one; do case $one in json:*) image=${one#json:} ;; esac; done
            printf '    (0.00/100%%)\r    (100.00/100%%)\r\n'
            [ ! -e "$FOLDER/fail" ] || { echo 'qemu-img: error while reading at byte 0: Invalid argument' >&2; exit 1; }
            cat "$image" > "$file"
            [ ! -e "$FOLDER/meanwhile" ] || sh "$FOLDER/meanwhile" ;;
          check) ;;
          info) echo '{"virtual-size": 1048576, "format": "qcow2", "actual-size": 4096}' ;;
        esac
        """));

    private readonly VmwareImages images;

    public VmwareImagesTests() => images = new VmwareImages(jobs);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(room.Guest, "scsi0-0.qcow2");

    private string Work => Path.Combine(room.Store, "..", "work");

    public void Dispose()
    {
        room.Dispose();
        host.Dispose();
    }

    [Fact]
    public async Task A_disk_is_converted_under_another_name_checked_and_renamed_and_nothing_else_is_left()
    {
        room.Add("disk.vmdk", "content");

        var state = await ConvertAsync(await DiskAsync("disk.vmdk"));

        Assert.Equal(new ConversionState(ConversionOutcome.Done, 100, string.Empty, 4096), state);
        Assert.Equal("content", await File.ReadAllTextAsync(Target, Token));
        Assert.Equal("600\n", (await host.RunAsync(RemoteCommand.Of("stat", "-c", "%a", Target), Token)).OutputText);
        Assert.Equal([".import", "scsi0-0.qcow2"], Directory.EnumerateFileSystemEntries(room.Guest).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Work));
        var calls = host["calls"];
        Assert.Contains("check -q -f qcow2", calls, StringComparison.Ordinal);
        Assert.Contains($"-O qcow2 json:{Work}/e0 {Target}.kvm-operator-part", calls, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_there_is_left_alone()
    {
        room.Add("disk.vmdk", "content");
        var disk = await DiskAsync("disk.vmdk");
        Directory.CreateDirectory(room.Guest);
        await File.WriteAllTextAsync(Target, "done before", Token);

        Assert.Equal(ConversionOutcome.Done, (await ConvertAsync(disk)).Outcome);

        Assert.Equal("done before", await File.ReadAllTextAsync(Target, Token));
        Assert.Empty(host["calls"]);
    }

    [Fact]
    public async Task Without_room_nothing_is_written_and_the_numbers_are_said()
    {
        room.Add("disk.vmdk", "content");
        host["measured"] = $"{{\"required\": {long.MaxValue / 4}}}";

        var state = await ConvertAsync(await DiskAsync("disk.vmdk"));

        Assert.Equal(ConversionOutcome.Refused, state.Outcome);
        Assert.Contains("MiB stay free for the guests that are there: make room in the store", state.Error, StringComparison.Ordinal);
        Nothing();
    }

    [Theory]
    [InlineData("printf x >> ")]
    [InlineData("touch -d '2001-01-01' ")]
    [InlineData("rm ")]
    [InlineData("f() { rm \"$1\"; ln -s /etc/hostname \"$1\"; }; f ")]
    public async Task A_source_that_changes_while_it_is_converted_gives_no_disk(string change)
    {
        var file = room.Add("disk.vmdk", "content");
        host["meanwhile"] = $"{change}'{file}'";

        var state = await ConvertAsync(await DiskAsync("disk.vmdk"));

        Assert.Equal(ConversionOutcome.SourceChanged, state.Outcome);
        Nothing();
    }

    [Fact]
    public async Task A_source_that_changed_since_it_was_inspected_is_not_opened()
    {
        var file = room.Add("disk.vmdk", "content");
        var disk = await DiskAsync("disk.vmdk");
        File.Delete(file);
        File.CreateSymbolicLink(file, "/etc/hostname");

        Assert.Equal(ConversionOutcome.SourceChanged, (await ConvertAsync(disk)).Outcome);

        Assert.DoesNotContain("convert", host["calls"], StringComparison.Ordinal);
        Nothing();
    }

    [Fact]
    public async Task What_qemu_img_says_is_said_and_nothing_is_left()
    {
        room.Add("disk.vmdk", "content");
        host["fail"] = "yes";

        var state = await ConvertAsync(await DiskAsync("disk.vmdk"));

        Assert.Equal((ConversionOutcome.Failed, "qemu-img: error while reading at byte 0: Invalid argument"), (state.Outcome, state.Error));
        Nothing();
    }

    [Fact]
    public async Task A_disk_of_another_size_than_the_source_is_none()
    {
        room.Add("disk.vmdk", "content");

        var state = await ConvertAsync(await DiskAsync("disk.vmdk") with { Bytes = 4096 });

        Assert.Equal((ConversionOutcome.Failed, "the converted disk has 1048576 bytes, and the source has 4096"), (state.Outcome, state.Error));
        Nothing();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_lies_in_pieces_or_is_packed_is_put_together_first(bool isCompressed)
    {
        var content = RandomNumberGenerator.GetBytes(200_000);
        var packed = isCompressed ? Packed(content) : content;
        room.Add("a.ova", [.. new byte[512], .. packed.AsSpan(0, 1000), .. new byte[24], .. packed.AsSpan(1000)]);
        var disk = await DiskAsync("a.ova");
        IReadOnlyList<RecordedPiece> pieces = [new(0, 512, 1000), new(0, 1536, packed.Length - 1000)];

        var state = await ConvertAsync(disk with { Links = [], Joined = [new RecordedJoin("s0", pieces, isCompressed)], Image = $"json:{Work}/s0" });

        Assert.Equal(ConversionOutcome.Done, state.Outcome);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target, Token));
        Assert.Equal([".import", "scsi0-0.qcow2"], Directory.EnumerateFileSystemEntries(room.Guest).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_packed_and_larger_than_the_disk_can_be_is_given_up()
    {
        room.Add("a.gz", Packed(new byte[80 << 20]));
        var disk = await DiskAsync("a.gz");

        var state = await ConvertAsync(disk with { Links = [], Joined = [new RecordedJoin("s0", [new RecordedPiece(0, 0, disk.Files[0].Size)], true)], Image = $"json:{Work}/s0" });

        Assert.Equal((ConversionOutcome.Failed, "what is packed is larger than the disk can be"), (state.Outcome, state.Error));
        Nothing();
    }

    [Theory]
    [InlineData("content", ConversionOutcome.Done)]
    [InlineData("another", ConversionOutcome.Refused)]
    public async Task A_digest_is_held_against_the_file_before_anything_is_written(string digestOf, ConversionOutcome expected)
    {
        room.Add("disk.vmdk", "content");
        var digest = new RecordedDigest("disk.vmdk", [new RecordedPiece(0, 0, 7)], "sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(digestOf))));

        var state = await ConvertAsync(await DiskAsync("disk.vmdk") with { Digests = [digest] });

        Assert.Equal(expected, state.Outcome);
    }

    [Fact]
    public async Task A_folder_that_only_looks_like_one_of_the_store_gets_neither_record_nor_disk()
    {
        room.Add("disk.vmdk", "content");
        var disk = await DiskAsync("disk.vmdk");
        Directory.CreateSymbolicLink(room.Guest, Directory.CreateDirectory(Path.Combine(room.Store, "..", "elsewhere")).FullName);

        await Assert.ThrowsAnyAsync<Exception>(() => ConvertAsync(disk));

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(room.Store, "..", "elsewhere"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_record_is_read_as_it_was_written_and_an_unreadable_one_is_none()
    {
        var record = Record(new RecordedDisk("scsi0-0", Target, 1) { Work = "/run/x", Image = "json:{}", Files = [new RecordedFile(new byte[] { 0xd3, 0x2f }, 1, 2, 3)] }, [new RecordedFile("a"u8.ToArray(), 4, 5, 6)]);

        await images.WriteRecordAsync(host, room.Guest, [room.Store], record, Token);
        var read = await images.ReadRecordAsync(host, room.Guest, Token);
        await File.WriteAllTextAsync(ImportFiles.Record(room.Guest), "{", Token);

        Assert.Equal(record.Import, read!.Import);
        Assert.Equal([0xd3, 0x2f], read.Disks.Single().Files.Single().Path.ToArray());
        Assert.Equal((4, 5, 6), (read.Trim.Single().Size, read.Trim[0].Mtime, read.Trim[0].Inode));
        Assert.Equal("VirtualMachine", (string?)read.Guest["kind"]);
        Assert.Null(await images.ReadRecordAsync(host, room.Guest, Token));
        Assert.Null(await images.ReadRecordAsync(host, Path.Combine(room.Store, "default_none"), Token));
    }

    [Fact]
    public async Task Exactly_what_was_listed_is_deleted_and_what_changed_since_stays()
    {
        room.Add("vmware.log", "log");
        room.Add("vmware-0.log", "old");
        room.Add("caches/x/y", "picture");
        room.Add("disk.vmdk.lck/M1.lck", "lock");
        room.Add("disk.vmdk.lck/notes", "a person's");
        room.Add("disk.vmdk", "content");
        var listed = await ListAsync("vmware.log", "vmware-0.log", "caches/x/y", "disk.vmdk.lck/M1.lck");
        await images.WriteRecordAsync(host, room.Guest, [room.Store], Record(null, listed), Token);
        room.Add("vmware-0.log", "written to again");
        room.Run("rm \"$1/vmware.log\" && printf log > \"$1/kept\" && ln -s kept \"$1/vmware.log\"");

        var result = await images.TrimAsync(host, room.Scope, room.Guest, Token);
        var again = await images.TrimAsync(host, room.Scope, room.Guest, Token);

        Assert.Equal((2, 11L), (result.Files, result.Bytes));
        Assert.Equal(["vmware-0.log: it was changed or replaced", "vmware.log: it was changed or replaced"], result.Kept.Order(StringComparer.Ordinal));
        Assert.Equal((0, 0L), (again.Files, again.Bytes));
        Assert.False(Directory.Exists(Path.Combine(room.Source, "caches")));
        Assert.True(File.Exists(Path.Combine(room.Source, "disk.vmdk.lck", "notes")));
        Assert.True(File.Exists(Path.Combine(room.Source, "disk.vmdk")) && File.Exists(Path.Combine(room.Source, "kept")));
    }

    [Fact]
    public async Task A_link_in_place_of_a_folder_leads_no_deletion_elsewhere()
    {
        room.Add("caches/x", "picture");
        var listed = await ListAsync("caches/x");
        await images.WriteRecordAsync(host, room.Guest, [room.Store], Record(null, listed), Token);
        room.Run("mv \"$1/caches\" \"$1/../moved\" && ln -s ../moved \"$1/caches\"");

        var result = await images.TrimAsync(host, room.Scope, room.Guest, Token);

        Assert.Equal((0, 1), (result.Files, result.Kept.Count));
        Assert.True(File.Exists(Path.Combine(room.Imports, "moved", "x")));
        await Assert.ThrowsAsync<SourceRefusedException>(() => images.TrimAsync(host, room.Scope with { Roots = ["/srv/other"] }, room.Guest, Token));
    }

    [Fact]
    public async Task What_was_given_up_goes_and_what_else_lies_there_stays()
    {
        Directory.CreateDirectory(ImportFiles.Folder(room.Guest));
        foreach (var file in new[] { Target, Target + ".kvm-operator-part", Target + ".kvm-operator-source0", ImportFiles.Record(room.Guest) })
        {
            await File.WriteAllTextAsync(file, "x", Token);
        }

        await images.RemoveAsync(host, room.Guest, [Target], Token);
        Assert.False(Directory.Exists(room.Guest));

        Directory.CreateDirectory(room.Guest);
        await File.WriteAllTextAsync(Path.Combine(room.Guest, "other.qcow2"), "x", Token);
        await images.RemoveAsync(host, room.Guest, [Target], Token);
        Assert.True(File.Exists(Path.Combine(room.Guest, "other.qcow2")));
    }

    [Theory]
    [InlineData("signal", 9, "", "it ended with signal 9")]
    [InlineData("oom-kill", 9, "", "it ended with oom-kill 9")]
    [InlineData("exit-code", 143, "", "it ended with exit-code 143")]
    public void What_a_signal_ended_can_be_begun_again(string reason, int status, string error, string expected) =>
        Assert.Equal(new ConversionState(ConversionOutcome.Interrupted, null, expected, null), VmwareImages.ParseState(new JobState(JobPhase.Failed, status, reason, string.Empty, error)));

    [Theory]
    [InlineData(JobPhase.Running, null, "    (12.34/100%)\r    (56.78/100%)", "", ConversionOutcome.Running, 56)]
    [InlineData(JobPhase.Running, null, "", "", ConversionOutcome.Running, null)]
    [InlineData(JobPhase.Failed, 3, "", "no room", ConversionOutcome.Refused, null)]
    [InlineData(JobPhase.Failed, 4, "", "it changed", ConversionOutcome.SourceChanged, null)]
    [InlineData(JobPhase.Failed, 1, "", "first\nlast", ConversionOutcome.Failed, null)]
    [InlineData(JobPhase.Missing, null, "", "", ConversionOutcome.Unknown, null)]
    public void What_a_job_says_is_where_the_conversion_stands(JobPhase phase, int? status, string output, string error, ConversionOutcome expected, int? percent)
    {
        var state = VmwareImages.ParseState(new JobState(phase, status, "exit-code", output, error));

        Assert.Equal((expected, percent), (state.Outcome, state.Percent));
        Assert.Equal(error.Split('\n')[^1], state.Error);
    }

    private static byte[] Packed(byte[] content)
    {
        using var result = new MemoryStream();
        using (var packing = new GZipStream(result, CompressionLevel.Fastest))
        {
            packing.Write(content);
        }

        return result.ToArray();
    }

    private async Task<ConversionState> ConvertAsync(RecordedDisk disk)
    {
        await images.WriteRecordAsync(host, room.Guest, [room.Store], Record(disk, []), Token);
        return await images.ConvertAsync(host, Job, room.Scope, room.Guest, 0, Token);
    }

    private static ImportRecord Record(RecordedDisk? disk, IReadOnlyList<RecordedFile> trim) => new()
    {
        Import = new RecordedImport("default", "qy1", "uid", "hash"),
        Reserve = new RecordedReserve(5, 1),
        Disks = disk is null ? [] : [disk],
        Guest = new JsonObject { ["kind"] = "VirtualMachine" },
        Trim = trim,
    };

    /// <summary>A disk that is one file of the source.</summary>
    private async Task<RecordedDisk> DiskAsync(string file) => new("scsi0-0", Target, 1 << 20)
    {
        Work = Work,
        Files = await ListAsync(file),
        Links = [new RecordedLink("e0", 0)],
        Image = $"json:{Work}/e0",
    };

    private async Task<IReadOnlyList<RecordedFile>> ListAsync(params IReadOnlyList<string> names)
    {
        await using var source = await new HostSources(TimeProvider.System).OpenAsync(host, room.Scope, Token);
        return [.. names.Select(name => RecordedFile.Of(source.Entries.Single(entry => Encoding.UTF8.GetString(entry.Path.Span) == name)))];
    }

    private void Nothing() => Assert.Empty(Directory.EnumerateFiles(room.Guest).Concat(Directory.Exists(Work) ? [Work] : []));
}
