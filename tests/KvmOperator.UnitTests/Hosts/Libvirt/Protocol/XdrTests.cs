using CsCheck;
using KvmOperator.Hosts.Libvirt.Protocol;
using KvmOperator.Tests.Libvirt;
using Xunit;

namespace KvmOperator.UnitTests.Hosts.Libvirt.Protocol;

/// <summary>What is written is read again, and nothing else is.</summary>
public sealed class XdrTests
{
    [Fact]
    public void Numbers_and_texts_come_back() =>
        Gen.Select(Gen.Int, Gen.UInt, Gen.Long, Gen.ULong, Gen.Double, Gen.Guid, Gen.String.Where(text => !text.Contains('\0') && IsWhole(text))).Sample((integer, unsigned, large, largest, broken, uuid, text) =>
        {
            var writer = new XdrWriter().Integer(integer).Unsigned(unsigned).Long(large).UnsignedLong(largest).Double(broken).Uuid(uuid).Text(text).OptionalText(null).OptionalText(text);
            var reader = new XdrReader(writer.Written);
            Assert.Equal((integer, unsigned, large, largest), (reader.Integer(), reader.Unsigned(), reader.Long(), reader.UnsignedLong()));
            Assert.Equal((broken, uuid, text, (string?)null, text), (reader.Double(), reader.Uuid(), reader.Text(), reader.OptionalText(), reader.OptionalText()));
            reader.End();
            Assert.Equal(0, writer.Written.Length % 4);
        });

    [Theory]
    [InlineData("", new byte[] { 0, 0, 0, 0 })]
    [InlineData("a", new byte[] { 0, 0, 0, 1, 97, 0, 0, 0 })]
    [InlineData("abcd", new byte[] { 0, 0, 0, 4, 97, 98, 99, 100 })]
    [InlineData("ü", new byte[] { 0, 0, 0, 2, 0xc3, 0xbc, 0, 0 })]
    public void Texts_are_padded_to_whole_words(string text, byte[] bytes)
    {
        Assert.Equal(bytes, new XdrWriter().Text(text).Written.ToArray());
        Assert.Equal(text, new XdrReader(bytes).Text());
    }

    [Fact]
    public void A_UUID_is_written_as_it_is_read_aloud() =>
        Assert.Equal("0f9d6c1e39a14a318a027b34b7fd2a19", Convert.ToHexStringLower(new XdrWriter().Uuid(new Guid("0f9d6c1e-39a1-4a31-8a02-7b34b7fd2a19")).Written.Span));

    [Theory]
    [InlineData(5, new byte[] { 97, 98, 99, 100 })]
    [InlineData(1, new byte[] { 97 })]
    [InlineData(4_194_305, new byte[] { 97, 98, 99, 100 })]
    [InlineData(-1, new byte[] { 97, 98, 99, 100 })]
    [InlineData(4, new byte[] { 97, 0, 99, 100 })]
    public void A_text_that_is_longer_than_what_is_there_or_has_a_zero_byte_is_refused(int length, byte[] bytes) =>
        Assert.Throws<LibvirtProtocolException>(() => new XdrReader((byte[])[.. LibvirtPeer.Words(length), .. bytes]).Text());

    [Theory]
    [InlineData(3, 2)]
    [InlineData(101, 1000)]
    [InlineData(-1, 1000)]
    [InlineData(int.MaxValue, 1000)]
    public void A_list_that_is_longer_than_it_can_be_is_refused_before_anything_is_made_of_it(int count, int words)
    {
        byte[] bytes = [.. LibvirtPeer.Words(count), .. new byte[4 * words]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<LibvirtProtocolException>(() => new XdrReader(bytes).List(100, 4, static reader => reader.Integer()));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Something_that_is_there_or_not_is_nothing_else() => Assert.Throws<LibvirtProtocolException>(() => new XdrReader(LibvirtPeer.Words(2, 0)).OptionalText());

    [Fact]
    public void A_list_that_libvirt_would_not_take_is_not_written() =>
        Assert.Throws<ArgumentException>(() => new XdrWriter().List(new int[3], 2, static (writer, value) => writer.Integer(value)));

    [Theory]
    [InlineData(1, new[] { -5 }, -5L)]
    [InlineData(2, new[] { -1 }, 4_294_967_295L)]
    [InlineData(3, new[] { -1, -2 }, -2L)]
    [InlineData(4, new[] { -1, -1 }, long.MaxValue)]
    [InlineData(4, new[] { 0, 7 }, 7L)]
    [InlineData(5, new[] { 0x40080000, 0 }, 3L)]
    [InlineData(6, new[] { 1 }, 1L)]
    public void A_typed_parameter_of_each_kind_is_a_number(int kind, int[] words, long value)
    {
        var parameters = Parameters([.. LibvirtPeer.Words(kind), .. LibvirtPeer.Words(words)]);

        Assert.Equal(value, parameters.Number("x"));
        Assert.Null(parameters.Text("x"));
        Assert.Null(parameters.Number("y"));
    }

    [Fact]
    public void A_typed_parameter_may_be_a_text()
    {
        var parameters = Parameters([.. LibvirtPeer.Words(7), .. LibvirtPeer.Text("no room")]);

        Assert.Equal(("no room", null), (parameters.Text("x"), parameters.Number("x")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(-1)]
    public void A_typed_parameter_of_another_kind_is_refused(int kind) => Assert.Throws<LibvirtProtocolException>(() => Parameters(LibvirtPeer.Words(kind, 0, 0)));

    private static TypedParameters Parameters(byte[] value)
    {
        var reader = new XdrReader((byte[])[.. LibvirtPeer.Words(1), .. LibvirtPeer.Text("x"), .. value]);
        return TypedParameters.Read(reader, 64);
    }

    /// <summary>Half a surrogate pair is no text.</summary>
    private static bool IsWhole(string text) => text == System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
