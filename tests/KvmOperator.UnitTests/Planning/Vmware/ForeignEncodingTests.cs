using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Names of encodings are found as VMware writes them.</summary>
public sealed class ForeignEncodingTests
{
    [Theory]
    [InlineData("UTF-8", "节点")]
    [InlineData("GBK", "节点")]
    [InlineData("windows-936-2000", "节点")]
    [InlineData("gb18030", "节点€")]
    [InlineData("Shift_JIS", "節点ソ")]
    [InlineData("windows-31j", "節点ソ")]
    [InlineData("ibm-943_P15A-2003", "節点ソ")]
    [InlineData("windows-949-2000", "가상 디스크")]
    [InlineData("EUC-KR", "가상 디스크")]
    [InlineData("windows-950-2000", "節點")]
    [InlineData("Big5", "節點")]
    [InlineData("windows-1252", "Größe€")]
    [InlineData("ISO-8859-1", "Größe")]
    [InlineData("ISO8859_15", "Größe€")]
    [InlineData("x-windows-874", "ไทย")]
    [InlineData("windows-1251", "диск")]
    [InlineData("cp1251", "диск")]
    [InlineData("KOI8-R", "диск")]
    public void A_name_is_read_and_written_in_it(string name, string text)
    {
        var encoding = ForeignEncoding.Find(name);

        Assert.NotNull(encoding);
        var bytes = ForeignEncoding.Encode(encoding, text);
        Assert.NotNull(bytes);
        Assert.True(ForeignEncoding.IsValid(encoding, bytes));
        Assert.Equal(text, encoding.GetString(bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("klingon")]
    [InlineData("windows-")]
    [InlineData("windows-99999999999")]
    [InlineData("cp1")]
    public void What_is_no_encoding_is_none(string? name) => Assert.Null(ForeignEncoding.Find(name));
}
