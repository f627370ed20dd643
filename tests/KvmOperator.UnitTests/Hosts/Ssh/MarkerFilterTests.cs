using System.Text;
using KvmOperator.Hosts.Ssh;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Ssh;

/// <summary>What a held process says is heard from its first byte on, and nothing before.</summary>
public sealed class MarkerFilterTests
{
    private readonly StringBuilder heard = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void The_command_is_heard_behind_the_last_marker_however_the_bytes_come(int size)
    {
        var filter = new MarkerFilter(["mark-1", "root-mark-1"], Hear);

        foreach (var part in "welcome\nmark-1\nsudo warns\nroot-mark-1\nfirst\nmark-1\n".Chunk(size))
        {
            filter.Add(Encoding.ASCII.GetBytes(part));
        }

        Assert.True(filter.IsOpen);
        Assert.Equal("first\nmark-1\n", heard.ToString());
    }

    [Fact]
    public void Without_the_last_marker_nothing_is_heard_and_everything_kept()
    {
        var filter = new MarkerFilter(["mark-1", "root-mark-1"], Hear);

        filter.Add("welcome\nmark-1\nsudo: a password is required\n"u8);

        Assert.False(filter.IsOpen);
        Assert.Empty(heard.ToString());
        Assert.Equal("welcome\nmark-1\nsudo: a password is required\n", Encoding.ASCII.GetString(filter.Held));
    }

    [Fact]
    public void Endless_noise_is_bounded_and_does_not_hide_the_command()
    {
        var filter = new MarkerFilter(["mark-1"], Hear);
        var noise = new byte[10_000];
        for (var part = 0; part < 100; part++)
        {
            filter.Add(noise);
        }

        Assert.InRange(filter.Held.Length, 0, 100_000);
        filter.Add("mark-1\nhello"u8);
        Assert.Equal("hello", heard.ToString());
    }

    private void Hear(ReadOnlySpan<byte> bytes) => heard.Append(Encoding.ASCII.GetString(bytes));
}
