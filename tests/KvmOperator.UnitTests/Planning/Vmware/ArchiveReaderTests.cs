using System.Text;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>An OVA's members are found where they lie.</summary>
public sealed class ArchiveReaderTests
{
    [Fact]
    public async Task Members_lie_at_the_offsets_that_are_said()
    {
        byte[] first = [.. Enumerable.Repeat((byte)1, 700)], second = [2, 2];
        var archive = Vmdk.Tar(("a.ovf", first), ("./d.vmdk", second));

        var members = await ReadAsync(archive);

        Assert.Equal(["a.ovf", "d.vmdk"], members.Select(member => member.Name));
        Assert.Equal(first, archive.AsSpan((int)members[0].Offset, (int)members[0].Size).ToArray());
        Assert.Equal(second, archive.AsSpan((int)members[1].Offset, (int)members[1].Size).ToArray());
    }

    [Fact]
    public async Task Long_names_of_GNU_and_of_pax_are_read_and_pax_sizes_count()
    {
        var name = new string('x', 120) + "节.vmdk";
        var record = $" path={name}\n";
        var bytes = Encoding.UTF8.GetByteCount(record);
        var pax = Encoding.UTF8.GetBytes($"{bytes + 3}{record}");
        byte[] archive =
        [
            .. Vmdk.Member("././@LongLink", [.. Encoding.UTF8.GetBytes(name), 0], 'L'), .. Vmdk.Member("xxx", [1]),
            .. Vmdk.Member("PaxHeaders/x", pax, 'x'), .. Vmdk.Member("xxx", [2]),
            .. Vmdk.Member("PaxHeaders/y", "9 size=3\n"u8.ToArray(), 'x'), .. Vmdk.Member("plain", [3, 3, 3]),
            .. Vmdk.Member("global", "9 size=9\n"u8.ToArray(), 'g'), .. Vmdk.Member("folder", [], '5'), .. Vmdk.Member("link", [], '2'), .. new byte[1024],
        ];

        var members = await ReadAsync(archive);

        Assert.Equal([name, name, "plain", "folder", "link"], members.Select(member => member.Name));
        Assert.Equal([1, 2, 3], members.Take(3).Select(member => (int)archive[member.Offset]));
        Assert.Equal([true, true, true, false, false], members.Select(member => member.IsFile));
    }

    [Fact]
    public async Task A_cut_a_sparse_a_damaged_and_a_compressed_archive_are_refused()
    {
        var archive = Vmdk.Tar(("a", new byte[5000]));
        var damaged = archive.ToArray();
        damaged[3] ^= 1;

        Assert.Equal(ConcernId.FileTruncated, await RefusedAsync(archive[..3000]));
        Assert.Equal(ConcernId.NotArchive, await RefusedAsync(damaged));
        Assert.Equal(ConcernId.NotArchive, await RefusedAsync([0x1f, 0x8b, 8, .. new byte[600]]));
        Assert.Equal(ConcernId.UnsupportedExtent, await RefusedAsync([.. Vmdk.Member("a", [1], 'S'), .. new byte[1024]]));
        Assert.Equal(ConcernId.UnsupportedExtent, await RefusedAsync([.. Vmdk.Member("p", "22 GNU.sparse.major=1\n"u8.ToArray(), 'x'), .. Vmdk.Member("a", [1]), .. new byte[1024]]));
        Assert.Equal(ConcernId.Corrupt, await RefusedAsync([.. Vmdk.Member("p", "999 path=x\n"u8.ToArray(), 'x'), .. Vmdk.Member("a", [1]), .. new byte[1024]]));
    }

    [Theory]
    [InlineData("SHA256(a.ovf)= {0}\n", DigestAlgorithm.Sha256, 64)]
    [InlineData("SHA-256(a.ovf)= {0}\r\n", DigestAlgorithm.Sha256, 64)]
    [InlineData("SHA1(a (1).ovf) = {0}", DigestAlgorithm.Sha1, 40)]
    [InlineData("sha512(a.ovf)={0}\n\n", DigestAlgorithm.Sha512, 128)]
    public void Manifests_are_read_in_every_spelling(string line, DigestAlgorithm algorithm, int digits)
    {
        var entry = Assert.Single(ManifestReader.Read(Encoding.UTF8.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, line, new string('A', digits)))));

        Assert.Equal((algorithm, new string('a', digits)), (entry.Algorithm, entry.Digest));
        Assert.EndsWith(".ovf", entry.Name);
    }

    [Theory]
    [InlineData("MD5(a)= 00")]
    [InlineData("SHA256(a)= 00")]
    [InlineData("hello")]
    public void A_manifest_line_that_says_nothing_is_refused(string line) => Assert.Throws<VmwareFormatException>(() => ManifestReader.Read(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("byte", 1)]
    [InlineData("byte * 2^20", 1 << 20)]
    [InlineData("byte * 2^30", 1 << 30)]
    [InlineData("byte * 1024 * 1024", 1 << 20)]
    [InlineData("MegaBytes", 1 << 20)]
    [InlineData("GB", 1 << 30)]
    [InlineData(null, 1)]
    [InlineData("byte * 9^99", 1)]
    public void Units_are_bytes(string? units, long bytes) => Assert.Equal(bytes, OvfReader.Units(units));

    [Theory]
    [InlineData("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><Envelope>&a;</Envelope>")]
    [InlineData("<Other/>")]
    [InlineData("")]
    [InlineData("<Envelope><a>")]
    [InlineData("\0\0")]
    public void An_OVF_that_is_none_or_names_other_files_is_refused(string text) => Assert.Throws<VmwareFormatException>(() => OvfReader.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void An_OVF_is_not_nested_for_ever() => Assert.Throws<VmwareFormatException>(() => OvfReader.Read(Encoding.UTF8.GetBytes("<Envelope>" + string.Concat(Enumerable.Repeat("<a>", 100_000)))));

    private static Task<IReadOnlyList<TarMember>> ReadAsync(byte[] archive) => TarReader.ReadAsync(new MemoryBytes(archive), TestContext.Current.CancellationToken);

    private static async Task<ConcernId> RefusedAsync(byte[] archive) => (await Assert.ThrowsAsync<VmwareFormatException>(() => ReadAsync(archive))).Concern;
}
