using KvmOperator.Hosts.Images;
using KvmOperator.Hosts.Jobs;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Images;

/// <summary>The scripts that make and read disks, in a real shell with a stub of qemu-img that prints what was recorded from QEMU 7.2 and 8.2.</summary>
public sealed class QemuImagesTests : IDisposable
{
    private static readonly JobName Job = new("disk", "uid");

    private readonly StubbedMachine machine = new();
    private readonly InlineJobs jobs = new();
    private readonly QemuImages images;

    public QemuImagesTests()
    {
        images = new QemuImages(jobs);
        machine.Stub("getent", "exit 2");
        machine.Stub(
            "qemu-img",
            """
            for file; do :; done
            case $1 in
              create) [ "$4" = raw ] || file=$6; for one; do case $one in */*) echo disk > "$one"; break ;; esac; done ;;
              convert) printf '    (0.00/100%%)\r    (50.12/100%%)\r    (100.00/100%%)\r\n'; echo disk > "$file"; [ ! -e "$machine/full" ] || { echo 'qemu-img: error while writing: No space left on device' >&2; exit 1; } ;;
              resize) ;;
              info) cat <<END
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
        var work = await images.CreateAsync(machine, Job, [Copy("/srv/a.qcow2"), Empty("/srv/g/b.qcow2")], Token);

        Assert.Equal(JobPhase.Succeeded, work.Phase);
        Assert.Equal(["/srv/a.qcow2", "/srv/g/b.qcow2"], work.Made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new DiskInfo("qcow2", 67108864, 67440640, null), work.Made["/srv/a.qcow2"]);
        Assert.Single(machine.Commands);
        Assert.True(File.Exists(machine.Path("/srv/a.qcow2")) && File.Exists(machine.Path("/srv/g/b.qcow2")));
    }

    [Fact]
    public async Task A_fully_written_source_of_the_wanted_size_is_taken_though_its_file_is_longer()
    {
        var work = await images.CreateAsync(machine, Job, [Copy("/srv/a.qcow2") with { SizeBytes = 67108864 }], Token);

        Assert.Equal((JobPhase.Succeeded, string.Empty), (work.Phase, work.Error));
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("qemu-img resize", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_cannot_be_made_leaves_nothing_and_is_named_and_those_before_it_stay()
    {
        machine.Write("/full", string.Empty);

        var work = await images.CreateAsync(machine, Job, [Empty("/srv/b.qcow2"), Copy("/srv/a.qcow2"), Empty("/srv/c.qcow2")], Token);

        Assert.Equal((JobPhase.Failed, "qemu-img: error while writing: No space left on device", "/srv/a.qcow2"), (work.Phase, work.Error, work.Path));
        Assert.Equal(["b.qcow2"], Directory.GetFiles(machine.Path("/srv")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_disk_that_is_there_is_left_alone()
    {
        machine.Write("/srv/a.qcow2", "mine");

        var work = await images.CreateAsync(machine, Job, [Copy("/srv/a.qcow2")], Token);

        Assert.Equal("mine", machine.Read("/srv/a.qcow2"));
        Assert.True(work.Made.ContainsKey("/srv/a.qcow2"));
    }

    [Fact]
    public void A_job_says_at_which_disk_it_is_and_how_far()
    {
        var work = QemuImages.ParseWork(new JobState(JobPhase.Running, null, string.Empty, "disk /srv/a.qcow2\n    (100.00/100%)\r\ndisk /srv/b.qcow2\n    (0.00/100%)\r    (37.50/100%)\r", string.Empty));

        Assert.Equal(("/srv/b.qcow2", 37), (work.Path, work.Percent));
        Assert.Equal((null, (int?)null), (QemuImages.ParseWork(JobState.Missing).Path, QemuImages.ParseWork(JobState.Missing).Percent));
    }

    [Fact]
    public async Task Disks_are_read_in_one_command_and_one_that_is_missing_is_null()
    {
        machine.Write("/srv/b.qcow2", "disk");

        var read = await images.ReadAsync(machine, [("/srv/a.qcow2", "qcow2"), ("/srv/b.qcow2", "qcow2")], Token);

        Assert.Null(read[0]);
        Assert.Equal(67108864, read[1]!.SizeBytes);
        Assert.Single(machine.Commands);
    }

    private static DiskPlan Copy(string path) => new(path, "qcow2", 0, new DiskSource.Copy("/srv/image.qcow2", string.Empty));

    private static DiskPlan Empty(string path) => new(path, "qcow2", 1 << 20, new DiskSource.Empty());
}
