using KvmOperator.Hosts.Migrations;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Migrations;

/// <summary>libvirt 9.0's <c>domjobinfo --rawstats</c>.</summary>
public sealed class JobInfoParserTests
{
    [Fact]
    public void A_running_move_tells_amounts_speed_and_iteration()
    {
        var progress = JobInfoParser.Parse(
            """
            Job type:         Unbounded
            operation: 5
            time_elapsed: 4116
            data_total: 419430400
            data_processed: 62914560
            data_remaining: 104857600
            memory_bps: 31457280
            memory_dirty_rate: 12
            memory_page_size: 4096
            memory_iteration: 2
            downtime: 300
            """)!;

        Assert.Equal(75, progress.Percent);
        Assert.Equal(62914560, progress.Processed);
        Assert.Equal(31457280, progress.BytesPerSecond);
        Assert.Equal(12 * 4096, progress.DirtyBytesPerSecond);
        Assert.Equal(2, progress.Iteration);
        Assert.Equal(TimeSpan.FromMilliseconds(4116), progress.Elapsed);
        Assert.Equal(TimeSpan.FromMilliseconds(300), progress.Downtime);
    }

    [Fact]
    public void Without_a_job_there_is_no_progress() => Assert.Null(JobInfoParser.Parse("Job type:         None\n"));

    [Fact]
    public void Nothing_sent_and_everything_sent_are_not_a_hundred_percent()
    {
        Assert.Equal(0, JobInfoParser.Parse("time_elapsed: 1\ndata_total: 1000\ndata_remaining: 1000\n")!.Percent);
        Assert.Equal(99, JobInfoParser.Parse("time_elapsed: 1\ndata_total: 1000\ndata_remaining: 0\n")!.Percent);
    }
}
