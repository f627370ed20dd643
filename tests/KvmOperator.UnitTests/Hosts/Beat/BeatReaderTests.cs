using System.IO.Pipelines;
using System.Text;
using CsCheck;
using KvmOperator.Hosts.Beat;
using KvmOperator.Hosts.Libvirt;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Beat;

public sealed class BeatReaderTests : IDisposable
{
    private const string Images = "/var/lib/libvirt/images";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9);

    private readonly FakeTimeProvider clock = new();
    private readonly Pipe words = new();
    private readonly ScriptOutput lines = new();
    private readonly BeatReader reader;
    private readonly Task listening;
    private int told;

    public BeatReaderTests()
    {
        reader = new BeatReader(words.Writer.AsStream(), lines, clock);
        listening = reader.ReadAsync(() => told++, TestContext.Current.CancellationToken);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => reader.Dispose();

    [Fact]
    public async Task The_latest_beat_is_kept_and_grows_old()
    {
        await TellAsync(Beat(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        await TellAsync(Beat(2));
        clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(2, reader.Latest?.Sequence);
        Assert.Equal(TimeSpan.FromSeconds(3), reader.Silence);
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task A_beat_of_another_boot_is_told()
    {
        await TellAsync(Beat(1), Beat(2, "11111111-2222-3333-4444-555555555555"));

        Assert.Equal(2, told);
    }

    [Fact]
    public async Task What_is_no_beat_does_not_keep_a_host_alive()
    {
        await TellAsync(Beat(1));
        clock.Advance(TimeSpan.FromSeconds(5));
        await TellAsync("nonsense", new string('x', 3 * HeldScript.LongestLine), "store /other missing 1 0.000");

        Assert.Equal(TimeSpan.FromSeconds(5), reader.Silence);
        Assert.Equal(2, reader.Skipped);
        await TellAsync(Beat(2));
        Assert.Equal(TimeSpan.Zero, reader.Silence);
    }

    [Fact]
    public async Task A_store_is_told_of_when_it_changes_and_not_when_it_answers_again()
    {
        await reader.ProbeAsync([Images], Cancellation);
        Assert.Null(reader.Find(Images, Patience));

        await TellAsync($"store {Images} ok 1 0.010 4096 100 60", $"store {Images} ok 2 0.012 4096 100 59");
        Assert.Equal(1, told);
        Assert.Equal(new StoreProbe(Images, Answers: true, 4096 * 100, 4096 * 59, string.Empty), reader.Find(Images, Patience));

        await TellAsync($"store {Images} missing 3 0.000");
        Assert.Equal(2, told);
        Assert.Equal(new StoreProbe(Images, Answers: false, 0, 0, "not mounted"), reader.Find(Images, Patience));
    }

    [Fact]
    public async Task A_store_that_hangs_is_told_at_once_and_counts_as_silent_when_its_last_answer_is_old()
    {
        await reader.ProbeAsync([Images], Cancellation);
        await TellAsync($"store {Images} ok 1 0.010 4096 100 60");
        clock.Advance(TimeSpan.FromSeconds(8));
        await TellAsync($"store {Images} waiting 2 4.001");

        Assert.Equal(2, told);
        Assert.True(reader.Find(Images, Patience)?.Answers);

        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(new StoreProbe(Images, Answers: false, 0, 0, "did not answer in time"), reader.Find(Images, Patience));
    }

    [Fact]
    public async Task A_store_that_never_answered_is_silent_after_the_patience()
    {
        await reader.ProbeAsync([Images], Cancellation);
        clock.Advance(Patience + TimeSpan.FromSeconds(1));

        Assert.False(reader.Find(Images, Patience)?.Answers);
    }

    [Fact]
    public async Task What_is_not_probed_any_more_is_forgotten()
    {
        await reader.ProbeAsync([Images, "/srv/my images"], Cancellation);
        await TellAsync($"store {Images} ok 1 0.010 4096 100 60");
        await reader.ProbeAsync(["/srv/my images"], Cancellation);
        await TellAsync($"store {Images} ok 2 0.010 4096 100 60");

        Assert.Null(reader.Find(Images, Patience));
        Assert.Equal($"stores {Images} /srv/my\\040images\nstores /srv/my\\040images\n", await SaidAsync());
    }

    [Fact]
    public async Task The_same_stores_again_are_not_said_again()
    {
        await reader.ProbeAsync([Images], Cancellation);
        await reader.ProbeAsync([Images], Cancellation);

        Assert.Equal($"stores {Images}\n", await SaidAsync());
    }

    [Fact]
    public async Task A_path_that_is_none_is_not_sent() => await Assert.ThrowsAsync<ArgumentException>(() => reader.ProbeAsync(["images"], Cancellation));

    [Fact]
    public async Task The_script_hears_every_now_and_then_what_was_said_last()
    {
        clock.Advance(HeldScript.Patience / 2);
        Assert.StartsWith("here\n", await SaidAsync(), StringComparison.Ordinal);

        await reader.ProbeAsync([Images], Cancellation);
        Assert.EndsWith($"stores {Images}\n", await SaidAsync(), StringComparison.Ordinal);
        clock.Advance(HeldScript.Patience / 2);
        Assert.StartsWith($"stores {Images}\n", await SaidAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_end_is_told_although_nobody_takes_the_words()
    {
        var full = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        using var stuck = new BeatReader(full.Writer.AsStream(), new Pipe().Reader.AsStream(), clock);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var ending = stuck.ReadAsync(() => { }, given.Token);
        clock.Advance(HeldScript.Patience);
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task The_end_of_the_output_is_the_end_and_a_line_without_an_end_is_none()
    {
        await lines.WriteAsync(Beat(1), Cancellation);
        lines.End();
        await listening;

        Assert.Null(reader.Latest);
    }

    [Fact]
    public Task However_bytes_are_cut_and_whatever_stands_between_every_beat_is_heard() =>
        Gen.Select(Gen.Byte.Array[0, 50].Array[1, 5], Gen.Int[1, 40]).SampleAsync(async (noise, size) =>
        {
            var sequence = 0;
            var output = new ScriptOutput();
            foreach (var chunk in noise.SelectMany(part => part.Append((byte)'\n').Concat(Encoding.UTF8.GetBytes(Beat(++sequence) + "\n"))).Chunk(size))
            {
                output.Add(chunk);
            }

            output.End();
            using var one = new BeatReader(Stream.Null, output, clock);
            await one.ReadAsync(() => { }, Cancellation);

            Assert.Equal(sequence, one.Latest?.Sequence);
        });

    private static string Beat(int sequence, string boot = "ff1eaa92-b2e2-4b5e-9ff2-82321ba837cc") =>
        $"beat {sequence}|{boot}|12.5|0-1|cpu  1 2 3 4 5 6 7 8 9 10|0.5|MemTotal: 10 kB MemFree: 2 kB MemAvailable: 5 kB|avg10=0.00|avg10=0.00|avg10=0.00|0|virbr0|.";

    private Task TellAsync(params string[] texts) => lines.WriteAsync(string.Concat(texts.Select(text => text + "\n")), Cancellation);

    private async Task<string> SaidAsync()
    {
        var said = await words.Reader.ReadAsync(Cancellation);
        var text = Encoding.UTF8.GetString(said.Buffer);
        words.Reader.AdvanceTo(said.Buffer.End);
        return text;
    }
}
