using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

public sealed class BeatParserTests
{
    /// <summary>A line of a real host, Debian 12.</summary>
    private const string Line =
        "beat 5|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|0-1|cpu  40444 0 32636 283744 160 0 3459 0 6264 0|0.18 0.33 0.54 2/134 3981|2989832|2450292|some avg10=1.10 avg60=0.53 avg300=1.09 total=183601100|some avg10=0.00 avg60=0.00 avg300=0.00 total=0|some avg10=0.25 avg60=0.00 avg300=0.00 total=3740772";

    [Fact]
    public void A_line_of_a_real_host_is_read_whole()
    {
        Assert.Equal(
            new HostBeat(5, "ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc", 2, new CpuTimes(76539, 360443), 0.18, new Pressure(1.10, 0, 0.25), 2989832L * 1024, 2450292L * 1024),
            BeatParser.ParseBeat(Line));
    }

    [Fact]
    public void A_kernel_without_pressure_has_none()
    {
        Assert.Null(BeatParser.ParseBeat("beat 1|boot|0|cpu 1 2 3 4 5 6 7 8|0.1 0 0 1/1 1|1|1|||")!.Pressure);
    }

    [Fact]
    public void A_line_cut_at_any_place_spoils_nothing()
    {
        for (var length = 0; length < Line.LastIndexOf('|'); length++)
        {
            Assert.Null(BeatParser.ParseBeat(Line[..length]));
            Assert.Null(BeatParser.ParseStore(Line[..length]));
        }
    }

    [Theory]
    [InlineData("store /var/lib/libvirt/images 3 ok 131072 95930 85407", "/var/lib/libvirt/images", true, 131072L * 95930, 131072L * 85407, "")]
    [InlineData("store /srv/a\\040b 1 missing", "/srv/a b", false, 0, 0, "not mounted")]
    [InlineData("store /srv 1 ok ", "/srv", true, 0, 0, "")]
    public void A_probe_is_read(string line, string path, bool answers, long size, long available, string reason) =>
        Assert.Equal(new StoreProbe(path, answers, size, available, reason), BeatParser.ParseStore(line));

    [Theory]
    [InlineData("store")]
    [InlineData("store /srv")]
    [InlineData("store /srv 1 perhaps")]
    [InlineData("Welcome to node1")]
    public void Anything_else_is_no_probe(string line) => Assert.Null(BeatParser.ParseStore(line));

    [Theory]
    [InlineData("/srv/images")]
    [InlineData("/srv/with space")]
    [InlineData("/srv/back\\slash and #")]
    public void Paths_come_back_as_they_were(string path) => Assert.Equal(path, MountPathText.Decode(MountPathText.Encode(path)));
}
