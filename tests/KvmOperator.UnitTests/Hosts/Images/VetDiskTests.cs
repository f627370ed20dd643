using System.Text;
using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Images;

/// <summary>
/// What a guest or a download wrote is not trusted, neither its format nor the files that it points to: the scripts in a real shell, real files with real headers, and a stub of qemu-img that tells what it was asked to open.
/// </summary>
public sealed class VetDiskTests : IDisposable
{
    private const string Images = "/srv/images";

    private static readonly JobName Job = new("disk", "uid");
    private static readonly DiskScope Scope = new("default", [Images, "/srv/fast"]);

    private readonly StubbedMachine machine = new();
    private readonly QemuImages images = new(new InlineJobs());

    public VetDiskTests()
    {
        machine.Stub("getent", "exit 2");
        machine.Stub(
            "qemu-img",
            """
            for file; do :; done
            case $1 in
              create) for one; do case $one in */*) echo disk > "$one"; break ;; esac; done ;;
              convert) echo disk > "$file" ;;
              measure) echo 'required size: 65536' ;;
              info) printf '{\n    "virtual-size": 1048576,\n    "format": "qcow2"\n}\n' ;;
            esac
            """);
        machine.Write("/srv/secret", "what only root may read\n");
        Put("base.qcow2", ImageFiles.Qcow2());
        Directory.CreateDirectory(machine.Path("/srv/fast"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Opened => machine.Calls.Where(call => call.StartsWith("qemu-img", StringComparison.Ordinal));

    public void Dispose() => machine.Dispose();

    [Theory]
    [InlineData("{root}/srv/secret", "raw", "/srv/secret lies outside of the stores")]
    [InlineData("../secret", "raw", "secret lies outside of the stores")]
    [InlineData("{root}/srv/images/../secret", "raw", "lies outside of the stores")]
    [InlineData("{root}/srv/images/link", "raw", "link lies outside of the stores")]
    [InlineData("json:{\"driver\":\"raw\",\"file\":{\"filename\":\"/etc/shadow\"}}", "raw", "is linked to json:")]
    [InlineData("file:/etc/shadow", "raw", "is linked to file:")]
    [InlineData("nbd://127.0.0.1/x", "raw", "is linked to nbd:")]
    [InlineData("{root}/srv/images/team_web/root.qcow2", "qcow2", "lies in the folder of a guest of another namespace")]
    [InlineData("{root}/srv/images/base.qcow2", null, "does not say of which format")]
    [InlineData("{root}/srv/images/base.qcow2", "vmdk", "of the format vmdk")]
    [InlineData("{root}/srv/images/base.qcow2\n", "qcow2", "has control characters")]
    [InlineData("{root}/srv/images/base.qcow2\0/../../secret", "raw", "has control characters")]
    [InlineData("{root}/srv/images/evil.qcow2", "qcow2", "linked to itself")]
    [InlineData("{root}/srv/images/pipe", "raw", "is no file")]
    public async Task An_image_that_points_elsewhere_is_opened_neither_as_an_image_nor_as_a_disk(string backing, string? format, string refusal)
    {
        File.CreateSymbolicLink(machine.Path($"{Images}/link"), machine.Path("/srv/secret"));
        Put("team_web/root.qcow2", ImageFiles.Qcow2());
        await MakePipeAsync($"{Images}/pipe");
        Put("evil.qcow2", ImageFiles.Qcow2(backing.Replace("{root}", machine.Path(string.Empty), StringComparison.Ordinal), format));

        var work = await CopyAsync("evil.qcow2");
        var read = await images.ReadAsync(machine, Scope, [new DiskFile($"{Images}/evil.qcow2", "qcow2")], Token);

        Assert.Equal((JobPhase.Failed, true), (work.Phase, work.IsRefused));
        Assert.Contains(refusal, work.Error, StringComparison.Ordinal);
        Assert.Contains(refusal, read[0]!.Refusal, StringComparison.Ordinal);
        Assert.Empty(Opened);
        Assert.False(Directory.Exists(machine.Path($"{Images}/default_b")));
    }

    [Theory]
    [InlineData(4UL, 0U, 3U, "has its data in another file")]
    [InlineData(0UL, 1U, 3U, "is encrypted")]
    [InlineData(0UL, 0U, 1U, "an unknown version")]
    public async Task What_else_a_header_may_ask_for_is_refused_too(ulong features, uint encryption, uint version, string refusal)
    {
        Put("evil.qcow2", ImageFiles.Qcow2(features: features, encryption: encryption, version: version));

        Assert.Contains(refusal, (await CopyAsync("evil.qcow2")).Error, StringComparison.Ordinal);
        Assert.Empty(Opened);
    }

    [Theory]
    [InlineData(2U)]
    [InlineData(3U)]
    public async Task An_image_that_is_linked_to_one_in_a_store_is_taken(uint version)
    {
        machine.Write("/srv/fast/deep.raw", new string('x', 2 << 20));
        Put("middle.qcow2", ImageFiles.Qcow2(machine.Path("/srv/fast/deep.raw"), "raw", version: version));
        Put("top.qcow2", ImageFiles.Qcow2("middle.qcow2", "qcow2", version: version));

        var work = await CopyAsync("top.qcow2");

        Assert.Equal((JobPhase.Succeeded, string.Empty), (work.Phase, work.Error));
        Assert.Equal([machine.Path(string.Empty) + $"{Images}/middle.qcow2", machine.Path("/srv/fast/deep.raw")], (await images.ReadBackingFilesAsync(machine, $"{Images}/top.qcow2", Token)).Select(file => machine.Path(string.Empty) + file));
    }

    [Fact]
    public async Task What_a_guest_wrote_to_a_raw_disk_is_read_as_a_raw_disk_though_it_looks_like_an_image()
    {
        Put("default_a/root.raw", ImageFiles.Raw(ImageFiles.Qcow2(machine.Path("/srv/secret"))));

        var work = await CopyAsync("default_a/root.raw");

        Assert.Equal(JobPhase.Succeeded, work.Phase);
        Assert.Contains(Opened, call => call.StartsWith("qemu-img convert", StringComparison.Ordinal) && call.Contains("-f raw", StringComparison.Ordinal));
        Assert.DoesNotContain(Opened, call => call.StartsWith("qemu-img convert", StringComparison.Ordinal) && !call.Contains("-f raw", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("debian.qcow2", "<html>404 Not Found</html>", "a text file, 26 bytes")]
    [InlineData("debian.img", "<html>404 Not Found</html>", "a text file, 26 bytes")]
    [InlineData("debian.img", "", "an empty file, 0 bytes")]
    [InlineData("中文.raw", "<html>找不到</html>", "a text file, 22 bytes")]
    [InlineData("debian.qcow2", "\u00017zXZ\0", "does not begin like that, 6 bytes")]
    [InlineData("short.raw", "\u0001\0\0", "a raw one has at least 1 MiB and whole sectors, 3 bytes")]
    public async Task What_is_no_disk_image_is_refused_by_name_and_size(string name, string content, string refusal)
    {
        Put(name, Encoding.UTF8.GetBytes(content));

        var work = await CopyAsync(name);

        Assert.True(work.IsRefused);
        Assert.Contains($"{name} is no disk image: ", work.Error, StringComparison.Ordinal);
        Assert.Contains(refusal, work.Error, StringComparison.Ordinal);
        Assert.Empty(Opened);
    }

    [Theory]
    [InlineData(new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0 }, "compressed with xz")]
    [InlineData(new byte[] { 0x1f, 0x8b, 8 }, "compressed with gzip")]
    [InlineData(new byte[] { 0x28, 0xb5, 0x2f, 0xfd }, "compressed with zstd")]
    [InlineData(new byte[] { 0x50, 0x4b, 3, 4 }, "a zip archive")]
    public async Task A_file_that_is_compressed_is_told_how_to_unpack(byte[] beginning, string refusal)
    {
        Put("guest.qcow2.xz", ImageFiles.Raw(beginning));
        Put("guest.img", ImageFiles.Raw(beginning));
        Put("guest.qcow2", ImageFiles.Raw(beginning));

        foreach (var name in new[] { "guest.qcow2.xz", "guest.img", "guest.qcow2" })
        {
            Assert.Contains(refusal, (await CopyAsync(name)).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_disk_of_another_product_is_taken_when_it_is_whole_in_one_file()
    {
        Put("good.vmdk", ImageFiles.Vmdk());
        Put("parts.vmdk", ImageFiles.Vmdk(capacity: 0, descriptor: "RW 2048 FLAT \"/etc/shadow\" 0"));
        Put("snapshot.vmdk", ImageFiles.Vmdk(descriptor: "parentFileNameHint=\"/etc/shadow\""));
        Put("descriptor.vmdk", "# Disk DescriptorFile\nversion=1\nRW 2048 FLAT \"/etc/shadow\" 0\n"u8.ToArray());

        Assert.Equal(JobPhase.Succeeded, (await CopyAsync("good.vmdk")).Phase);
        Assert.Contains(Opened, call => call.Contains("convert", StringComparison.Ordinal) && call.Contains("-f vmdk", StringComparison.Ordinal));
        Assert.Contains("names other files", (await CopyAsync("parts.vmdk")).Error, StringComparison.Ordinal);
        Assert.Contains("is a snapshot", (await CopyAsync("snapshot.vmdk")).Error, StringComparison.Ordinal);
        Assert.Contains("names other files", (await CopyAsync("descriptor.vmdk")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_name_says_nothing_is_an_image_only_when_it_points_to_nothing()
    {
        Put("whole.img", ImageFiles.Qcow2());
        Put("linked.img", ImageFiles.Qcow2("base.qcow2", "qcow2"));

        Assert.Equal(JobPhase.Succeeded, (await CopyAsync("whole.img")).Phase);
        Assert.Contains("its name does not say of which format it is", (await CopyAsync("linked.img")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_elses_file_becomes_a_disk_only_when_it_is_one_and_has_one_name()
    {
        Put("disk.img", ImageFiles.Raw(0xeb));
        Put("twice.raw", ImageFiles.Raw(0xeb));
        Put("image.img", ImageFiles.Raw(ImageFiles.Qcow2()));
        Put("page.raw", "<html>"u8.ToArray());
        await LinkAsync("twice.raw", "second.raw");

        var read = await images.ReadAsync(machine, Scope, [Foreign("disk.img"), Foreign("twice.raw"), Foreign("image.img"), Foreign("page.raw"), Known("image.img"), Known("twice.raw")], Token);

        Assert.Null(read[0]!.Refusal);
        Assert.Contains("has a second name", read[1]!.Refusal, StringComparison.Ordinal);
        Assert.Contains("is a qcow2 image", read[2]!.Refusal, StringComparison.Ordinal);
        Assert.Contains("a text file", read[3]!.Refusal, StringComparison.Ordinal);

        // What a guest had is its disk, whatever it wrote there, and a backup may have linked it.
        Assert.Equal([null, null], read.Skip(4).Select(info => info!.Refusal));
    }

    [Fact]
    public async Task Neither_a_link_out_of_the_store_nor_a_pipe_nor_a_folder_is_a_disk()
    {
        File.CreateSymbolicLink(machine.Path($"{Images}/link.raw"), machine.Path("/srv/secret"));
        File.CreateSymbolicLink(machine.Path($"{Images}/dangling.raw"), machine.Path("/srv/nothing"));
        await MakePipeAsync($"{Images}/pipe.raw");
        Directory.CreateDirectory(machine.Path($"{Images}/folder.raw"));

        var read = await images.ReadAsync(machine, Scope, [Known("link.raw"), Known("dangling.raw"), Known("pipe.raw"), Known("folder.raw"), Known("missing.raw")], Token);

        Assert.Equal([true, true, true, true], read.Take(4).Select(info => info?.Refusal is not null));
        Assert.Null(read[4]);
        Assert.Empty(Opened);
    }

    [Fact]
    public async Task No_disk_is_made_through_a_folder_that_is_a_link_out_of_the_store()
    {
        Directory.CreateDirectory(machine.Path("/srv/elsewhere"));
        Directory.CreateSymbolicLink(machine.Path($"{Images}/default_b"), machine.Path("/srv/elsewhere"));

        Assert.Contains("lies outside of the stores", (await CopyAsync("base.qcow2")).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(machine.Path("/srv/elsewhere")));
    }

    [Fact]
    public async Task A_disk_is_linked_to_a_format_that_stays_what_it_is()
    {
        Put("good.vmdk", ImageFiles.Vmdk());
        Put("evil.qcow2", ImageFiles.Qcow2("/etc/shadow"));

        Assert.Contains("can only be linked to qcow2 or raw", (await LinkedAsync("good.vmdk")).Error, StringComparison.Ordinal);
        Assert.Contains("/etc/shadow lies outside", (await LinkedAsync("evil.qcow2")).Error, StringComparison.Ordinal);
        await LinkedAsync("base.qcow2");
        Assert.Contains(Opened, call => call.Contains($"-b {machine.Path(string.Empty)}", StringComparison.Ordinal) || call.Contains("base.qcow2 -F qcow2", StringComparison.Ordinal));
    }

    private static DiskFile Foreign(string name) => Known(name) with { IsForeign = true };

    private static DiskFile Known(string name) => new($"{Images}/{name}", "raw");

    private void Put(string name, byte[] content)
    {
        var path = machine.Path($"{Images}/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private Task MakePipeAsync(string path) => machine.RunAsync(KvmOperator.Hosts.Ssh.RemoteCommand.Of("mkfifo", path), Token);

    private Task LinkAsync(string from, string to) => machine.RunAsync(KvmOperator.Hosts.Ssh.RemoteCommand.Of("ln", $"{Images}/{from}", $"{Images}/{to}"), Token);

    private Task<DiskWork> CopyAsync(string name) =>
        new QemuImages(new InlineJobs()).CreateAsync(machine, Job, Scope, [new DiskPlan($"{Images}/default_b/{name}.qcow2", "qcow2", 0, new DiskSource.Copy($"{Images}/{name}", string.Empty))], Token);

    private Task<DiskWork> LinkedAsync(string name) =>
        new QemuImages(new InlineJobs()).CreateAsync(machine, Job, Scope, [new DiskPlan($"{Images}/default_b/{name}.qcow2", "qcow2", 0, new DiskSource.Linked($"{Images}/{name}", string.Empty))], Token);
}
