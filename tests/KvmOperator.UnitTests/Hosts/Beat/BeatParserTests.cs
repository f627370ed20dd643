using CsCheck;
using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

/// <summary>The lines are those of a Debian 12 host with Linux 6.1, as recorded.</summary>
public sealed class BeatParserTests
{
    private const string Beat =
        "beat 39|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|5069.54|0-1|cpu  75506 0 57016 805131 205 0 7073 0 26789 0|1.65|"
        + "MemTotal:        2989832 kB MemFree:         2370716 kB MemAvailable:    2371980 kB Buffers:        |avg10=15.80|avg10=0.00|avg10=0.13|2048000|br0 virbr0|.";

    private static readonly IReadOnlyList<string> NoBridges = [];

    private const string Store = "store /var/lib/libvirt/images ok 13 0.025 131072 95930 85407";

    [Fact]
    public void A_beat_tells_what_the_kernel_told() => Assert.Equal(
        new HostBeat(
            39,
            "ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc",
            TimeSpan.FromSeconds(5069.54),
            2,
            new CpuTimes(75506 + 57016 + 7073, 75506 + 57016 + 805131 + 205 + 7073),
            1.65,
            new Pressure(15.80, 0, 0.13),
            2989832L * 1024,
            2371980L * 1024) { Bridges = NoBridges },
        BeatParser.ParseBeat(Beat)! with { HugePagesBytes = 0, Bridges = NoBridges });

    [Theory]
    [InlineData("2048000|br0 virbr0", 2048000L * 1024, "br0 virbr0")]
    [InlineData("0|", 0, "")]
    public void What_huge_pages_take_and_which_bridges_there_are(string told, long bytes, string bridges)
    {
        var beat = BeatParser.ParseBeat(Beat.Replace("2048000|br0 virbr0", told, StringComparison.Ordinal))!;

        Assert.Equal((bytes, bridges), (beat.HugePagesBytes, string.Join(' ', beat.Bridges)));
    }

    [Fact]
    public void A_kernel_that_measures_no_pressure_tells_none()
    {
        var beat = BeatParser.ParseBeat(Beat.Replace("avg10=15.80|avg10=0.00|avg10=0.13", "||", StringComparison.Ordinal));

        Assert.NotNull(beat);
        Assert.Null(beat.Pressure);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("0-127", 128)]
    [InlineData("0-3,8,10-11", 7)]
    public void Processors_that_are_switched_off_do_not_count(string online, int expected) =>
        Assert.Equal(expected, BeatParser.ParseBeat(Beat.Replace("|0-1|", $"|{online}|", StringComparison.Ordinal))?.Processors);

    [Fact]
    public void The_text_of_a_boot_is_kept_once()
    {
        var first = BeatParser.ParseBeat(Beat)!;

        Assert.Same(first.BootId, BeatParser.ParseBeat(Beat, first.BootId)!.BootId);
    }

    [Theory]
    [InlineData(Store, nameof(StoreState.Answers), 131072L * 95930, 131072L * 85407, "")]
    [InlineData("store /var/lib/libvirt/images missing 2 0.000", nameof(StoreState.Missing), 0, 0, "not mounted")]
    [InlineData("store /var/lib/libvirt/images waiting 7 8.002", nameof(StoreState.Waiting), 0, 0, "did not answer in time")]
    [InlineData("store /var/lib/libvirt/images failed 7 0.031 Stale file handle", nameof(StoreState.Failed), 0, 0, "Stale file handle")]
    public void A_store_answers_or_not(string line, string state, long size, long available, string reason)
    {
        var store = BeatParser.ParseStore(line);

        Assert.NotNull(store);
        Assert.Equal(("/var/lib/libvirt/images", state, size, available, reason), (store.MountPath, store.State.ToString(), store.SizeBytes, store.AvailableBytes, store.Reason));
    }

    [Fact]
    public void A_path_with_white_space_is_one_word() =>
        Assert.Equal("/srv/my images", BeatParser.ParseStore(@"store /srv/my\040images missing 1 0.000")?.MountPath);

    [Theory]
    [InlineData("")]
    [InlineData("beat")]
    [InlineData("beat ")]
    [InlineData("beat -1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|0|cpu 1 2 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|not-a-boot|1|0|cpu 1 2 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|9-1|cpu 1 2 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|0-9999999999999|cpu 1 2 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|0|cpu 1 2 3|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|0|cpu 9223372036854775807 9223372036854775807 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1|0|cpu 1 2 3 4 5|1|MemTotal: 9223372036854775807 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("beat 1|ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc|1e999|0|cpu 1 2 3 4 5|1|MemTotal: 1 kB MemAvailable: 1 kB|||||0||.")]
    [InlineData("store images ok 13 0.025 131072 95930 85407")]
    [InlineData("store /images ok 13 0.025 131072 95930")]
    [InlineData("store /images ok 13 0.025 131072 9223372036854775807 1")]
    [InlineData("store /images gone 13 0.025")]
    [InlineData("store /images failed 13 0.025")]
    public void What_is_no_line_of_ours_is_none(string line)
    {
        Assert.Null(BeatParser.ParseBeat(line));
        Assert.Null(BeatParser.ParseStore(line));
    }

    [Fact]
    public void A_cut_line_is_none() => Gen.Int[0, Beat.Length - 1].Sample(length => Assert.Null(BeatParser.ParseBeat(Beat.AsSpan(0, length))));

    [Fact]
    public void Whatever_a_line_holds_nothing_is_thrown() =>
        Gen.Select(Gen.OneOf(Gen.Const(Beat), Gen.Const(Store)), Gen.Int[0, Beat.Length], Gen.Int[0, 20], Gen.String).Sample((line, start, length, text) =>
        {
            start = Math.Min(start, line.Length);
            var broken = line.Remove(start, Math.Min(length, line.Length - start)).Insert(start, text);
            _ = BeatParser.ParseBeat(broken);
            _ = BeatParser.ParseStore(broken);
        });

    [Fact]
    public void Every_path_comes_back_from_its_word() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.Char[" \t\n\\04#"]), 0, 30].Sample(path =>
        {
            var word = MountPathText.Encode(path);

            Assert.DoesNotContain(word, character => character is ' ' or '\t' or '\n');
            Assert.Equal(path, MountPathText.Decode(word));
        });
}
