using System.Text;
using CsCheck;
using KvmOperator.Runtime.Events;
using Xunit;

namespace KvmOperator.UnitTests.Runtime;

public sealed class EventTextTests
{
    [Theory]
    [InlineData("a", 2000)]
    [InlineData("机", 400)]
    [InlineData("😀", 300)]
    public void A_long_text_is_cut_to_1024_bytes_between_characters(string character, int times)
    {
        var text = string.Concat(Enumerable.Repeat(character, times));

        var cut = EventText.Fitting(text);

        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 1018, 1024);
        Assert.EndsWith("…", cut, StringComparison.Ordinal);
        Assert.StartsWith(cut[..^1], text, StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)));
    }

    [Fact]
    public void Whatever_the_text_it_fits_and_a_short_one_stays() => Gen.String[0, 1500].Sample(text =>
    {
        var cut = EventText.Fitting(text);
        Assert.True(Encoding.UTF8.GetByteCount(cut) <= 1024);
        Assert.Equal(Encoding.UTF8.GetByteCount(text) <= 1024, ReferenceEquals(text, cut));
    });
}
