using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Images;

/// <summary>The scripts that make and read disks, in a real shell with a stub of qemu-img that prints what was recorded from QEMU 7.2 and 8.2.</summary>
public sealed class QemuImagesTests : IDisposable
{
    private static readonly JobName Job = new("disk", "uid");
    private static readonly DiskScope Scope = new("default", ["/srv/images"]);

    private readonly StubbedMachine machine = new();
    private readonly InlineJobs jobs = new();
    private readonly QemuImages images;

    public QemuImagesTests()
    {
        images = new QemuImages(jobs);
        machine.Stub("getent", "exit 2");

        // Of a store of 40 GiB there is half, unless the test says otherwise.
        machine.Stub("stat", "[ \"$1\" != -f ] || { cat \"$machine/space\" 2>/dev/null || echo '5242880 10485760 4096'; exit; }\nexec /usr/bin/stat \"$@\"");
        machine.Write("/srv/images/a", string.Empty);
        File.WriteAllBytes(machine.Path("/srv/images/image.qcow2"), ImageFiles.Qcow2());
        machine.Stub(
            "qemu-img",
            """
            for file; do :; done
            case $1 in
              create) [ "$4" = raw ] || file=$6; for one; do case $one in */*) cp "$machine/srv/images/image.qcow2" "$one"; break ;; esac; done ;;
              measure) echo '{"bitmaps": 0, "required": 1073741824, "fully-allocated": 2147483648}' ;;
              check) [ ! -e "$machine/damaged" ] || exit 2 ;;
              convert) [ ! -e "$machine/slow" ] || { echo disk > "$file"; echo '1 10485760 4096' > "$machine/space"; exec sleep 60; }
                printf '    (0.00/100%%)\r    (50.12/100%%)\r    (100.00/100%%)\r\n'; cp "$machine/srv/images/image.qcow2" "$file"; [ ! -e "$machine/full" ] || { echo 'qemu-img: error while writing: No space left on device' >&2; exit 1; }
                [ ! -e "$machine/old" ] || case $* in *'-t none'*) echo 'qemu-img: filesystem does not support O_DIRECT' >&2; exit 1 ;; esac ;;
              resize) ;;
              info) [ ! -e "$machine/compact" ] || { printf '{"children": [{"name": "file", "info": {"virtual-size": 67436544}}], "filename": "a \\"virtual-size\\": 1", "virtual-size": 67108864, "format": "qcow2"}'; exit; }
                cat <<END
            {
                "children": [
                    {
                        "name": "file",
                        "info": {
                            "children": [
                            ],
                            "virtual-size": 67436544,
                            "filename": "$file",
                            "format": "file",
                            "actual-size": 67440640
                        }
                    }
                ],
                "virtual-size": 67108864,
                "filename": "$file",
                "cluster-size": 65536,
                "format": "qcow2",
                "actual-size": 67440640,
                "dirty-flag": false
            }
            END
            ;;
            esac
            """);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => machine.Dispose();

    [Fact]
    public async Task All_disks_of_a_guest_are_made_in_one_job_whose_answer_says_what_is_known_of_them()
    {
        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2"), Empty("/srv/images/g/b.qcow2")], Token);

        Assert.Equal(JobPhase.Succeeded, work.Phase);
        Assert.Equal(["/srv/images/a.qcow2", "/srv/images/g/b.qcow2"], work.Made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new DiskInfo("qcow2", 67108864, 67440640, null), work.Made["/srv/images/a.qcow2"]);
        Assert.Single(machine.Commands);
        Assert.True(File.Exists(machine.Path("/srv/images/a.qcow2")) && File.Exists(machine.Path("/srv/images/g/b.qcow2")));
    }

    [Fact]
    public async Task A_fully_written_source_of_the_wanted_size_is_taken_though_its_file_is_longer()
    {
        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2") with { SizeBytes = 67108864 }], Token);

        Assert.Equal((JobPhase.Succeeded, string.Empty), (work.Phase, work.Error));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("qemu-img resize", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_qemu_img_says_is_read_as_JSON_however_it_is_laid_out()
    {
        machine.Write("/compact", string.Empty);

        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2") with { SizeBytes = 67108864 }], Token);
        Assert.Equal((JobPhase.Succeeded, string.Empty), (work.Phase, work.Error));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("qemu-img resize", StringComparison.Ordinal));

        var small = await images.CreateAsync(machine, new JobName("disk", "other"), Scope, [Copy("/srv/images/b.qcow2") with { SizeBytes = 512 }], Token);
        Assert.Contains("the source is larger (67108864 bytes)", small.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_made_leaves_nothing_and_is_named_and_those_before_it_stay()
    {
        machine.Write("/full", string.Empty);

        var work = await images.CreateAsync(machine, Job, Scope, [Empty("/srv/images/b.qcow2"), Copy("/srv/images/a.qcow2"), Empty("/srv/images/c.qcow2")], Token);

        Assert.Equal((JobPhase.Failed, "qemu-img: error while writing: No space left on device", "/srv/images/a.qcow2"), (work.Phase, work.Error, work.Path));
        Assert.Equal(["a", "b.qcow2", "image.qcow2"], Left());

        // A second try would fill the store a second time.
        Assert.Single(machine.Calls, call => call.StartsWith("qemu-img convert", StringComparison.Ordinal));
        Assert.False(work.IsRefused);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_past_the_memory_is_written_through_it()
    {
        machine.Write("/old", string.Empty);

        Assert.Equal(JobPhase.Succeeded, (await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2")], Token)).Phase);
        Assert.Equal(2, machine.Calls.Count(call => call.StartsWith("qemu-img convert", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(786431, false)] // 3 GiB less a block: 2 GiB stay free, 1 GiB is needed
    [InlineData(786432, true)]
    public async Task A_copy_that_does_not_fit_beside_what_stays_free_is_refused_before_it_begins(long blocks, bool fits)
    {
        machine.Write("/space", $"{blocks} 10485760 4096\n");

        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2")], Token);

        Assert.Equal((fits, !fits), (work.Phase == JobPhase.Succeeded, work.IsRefused));
        Assert.Equal(fits, machine.Calls.Any(call => call.StartsWith("qemu-img convert", StringComparison.Ordinal)));
        Assert.True(fits || work.Error.StartsWith("it needs 1024 MiB, and the store has 3071 MiB left, of which 2048 MiB stay free", StringComparison.Ordinal), work.Error);
    }

    [Fact]
    public async Task A_copy_is_given_up_before_the_store_is_full_and_gives_back_what_it_took()
    {
        machine.Write("/slow", string.Empty);

        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2")], Token);

        Assert.Equal((JobPhase.Failed, false), (work.Phase, work.IsRefused));
        Assert.Contains("the copy was given up, since the store has only 0 MiB left", work.Error, StringComparison.Ordinal);
        Assert.Equal(["a", "image.qcow2"], Left());
    }

    [Fact]
    public async Task An_image_that_was_not_fetched_to_its_end_is_refused()
    {
        machine.Write("/damaged", string.Empty);

        Assert.Contains("image.qcow2 is damaged or incomplete (65536 bytes)", (await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2")], Token)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_larger_than_the_disk_is_refused_before_it_is_copied()
    {
        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2") with { SizeBytes = 512 }], Token);

        Assert.Contains("the source is larger (67108864 bytes)", work.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("qemu-img convert", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_interrupted_creation_left_goes_away_and_the_disks_stay()
    {
        machine.Write("/srv/images/a.qcow2", "mine");
        machine.Write("/srv/images/a.qcow2.kvm-operator-part", "half");

        await images.DeletePartsAsync(machine, ["/srv/images/a.qcow2", "/srv/images/b.qcow2"], Token);

        Assert.Equal(["a", "a.qcow2", "image.qcow2"], Left());
    }

    [Fact]
    public async Task A_disk_that_is_there_is_left_alone()
    {
        var mine = ImageFiles.Qcow2();
        mine[60000] = 1;
        File.WriteAllBytes(machine.Path("/srv/images/a.qcow2"), mine);

        var work = await images.CreateAsync(machine, Job, Scope, [Copy("/srv/images/a.qcow2")], Token);

        Assert.Equal(mine, File.ReadAllBytes(machine.Path("/srv/images/a.qcow2")));
        Assert.True(work.Made.ContainsKey("/srv/images/a.qcow2"));
    }

    [Fact]
    public void A_job_says_at_which_disk_it_is_and_how_far()
    {
        var work = QemuImages.ParseWork(new JobState(JobPhase.Running, null, string.Empty, "disk /srv/images/a.qcow2\n    (100.00/100%)\r\ndisk /srv/images/b.qcow2\n    (0.00/100%)\r    (37.50/100%)\r", string.Empty));

        Assert.Equal(("/srv/images/b.qcow2", 37), (work.Path, work.Percent));
        Assert.Equal((null, (int?)null), (QemuImages.ParseWork(JobState.Missing).Path, QemuImages.ParseWork(JobState.Missing).Percent));
    }

    [Fact]
    public async Task Disks_are_read_in_one_command_and_one_that_is_missing_is_null()
    {
        File.WriteAllBytes(machine.Path("/srv/images/b.qcow2"), ImageFiles.Qcow2());

        var read = await images.ReadAsync(machine, Scope, [new DiskFile("/srv/images/a.qcow2", "qcow2"), new DiskFile("/srv/images/b.qcow2", "qcow2")], Token);

        Assert.Null(read[0]);
        Assert.Equal(67108864, read[1]!.SizeBytes);
        Assert.Single(machine.Commands);
    }

    private IEnumerable<string?> Left() => Directory.GetFiles(machine.Path("/srv/images")).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static DiskPlan Copy(string path) => new(path, "qcow2", 0, new DiskSource.Copy("/srv/images/image.qcow2", string.Empty));

    private static DiskPlan Empty(string path) => new(path, "qcow2", 1 << 20, new DiskSource.Empty());
}
