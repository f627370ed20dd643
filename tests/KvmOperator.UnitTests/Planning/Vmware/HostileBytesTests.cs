using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>Whatever the bytes are, a reader returns or throws its one exception, and an inspection reads a bounded number of bytes.</summary>
public sealed partial class HostileBytesTests
{
    private static readonly byte[][] Seeds =
    [
        Encoding.UTF8.GetBytes(Vmdk.Vmx([.. Vmdk.Disk("d.vmdk"), ("ethernet0.present", "TRUE"), ("annotation", "a|0D|0A|7C|")])),
        Encoding.UTF8.GetBytes(Vmdk.Descriptor("twoGbMaxExtentFlat", "RW 2048 FLAT \"a.bin\" 0\nRW 2048 ZERO", 1, 2, "d.vmdk")),
        Encoding.UTF8.GetBytes(Vmdk.Ovf("<File ovf:id=\"f1\" ovf:href=\"d.vmdk\" ovf:chunkSize=\"5\"/>", "<Disk ovf:diskId=\"k\" ovf:fileRef=\"f1\" ovf:capacity=\"9\" ovf:capacityAllocationUnits=\"byte * 2^20\"/>", Vmdk.DiskItem("k"))),
        Vmdk.Tar(("a.ovf", [1, 2, 3]), ("d.vmdk", new byte[600])),
        [.. Vmdk.Member("././@LongLink", [.. new byte[20].Select(_ => (byte)'n'), 0], 'L'), .. Vmdk.Member("x", [1]), .. Vmdk.Member("p", "9 size=3\n"u8.ToArray(), 'x'), .. Vmdk.Member("y", [1, 2, 3]), .. new byte[1024]],
        Vmdk.MonolithicSparse(2048, 1, 2, "d.vmdk"),
        Vmdk.StreamWithFooter(2048, 512),
        Vmdk.CopyOnWrite(2048),
        Vmdk.SpaceEfficient(65536),
        "SHA256(a)= 00"u8.ToArray(),
        "snapshot0.uid = \"1\"\nsnapshot0.createTimeHigh = \"388801\"\nsnapshot0.createTimeLow = \"-1\"\n"u8.ToArray(),
    ];

    private static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Byte.Array[0, 600],
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 4000], Gen.Byte).Array[0, 12], Gen.Int[0, 4000], Gen.Bool, (seed, changes, cut, isCut) =>
        {
            var bytes = Seeds[seed].ToArray();
            foreach (var (at, value) in changes)
            {
                bytes[at % bytes.Length] = value;
            }

            return isCut ? bytes[..(cut % (bytes.Length + 1))] : bytes;
        }),
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Int[0, Seeds.Length - 1], Gen.Int[0, 4000], (first, second, at) => (byte[])[.. Seeds[first].AsSpan(0, at % Seeds[first].Length), .. Seeds[second]]));

    private static readonly string[] Names = ["a.vmx", "d.vmdk", "d-000001.vmdk", "a.bin", "a.vmsd", "a.ovf", "a.ova", "a.mf", "d.vmdk.000000000", "d.vmdk.lck/M1.lck"];

    [Fact]
    public void Readers_throw_nothing_else() => Bytes.Sample(
        bytes =>
        {
            Try(() => VmxReader.Read(bytes));
            Try(() => VmsdReader.Read(bytes));
            Try(() => VmdkDescriptorReader.Read(bytes));
            Try(() => SparseHeader.Read(bytes));
            Try(() => StreamFooter.FindEnd(bytes, bytes.Length));
            Try(() => OvfReader.Read(bytes));
            Try(() => ManifestReader.Read(bytes));
            Try(() => LockHolder.Read(bytes));
            Try(() => TarReader.ReadAsync(new MemoryBytes(bytes), CancellationToken.None).GetAwaiter().GetResult());
        },
        iter: 3000);

    [Fact]
    public void An_inspection_never_throws_and_reads_a_bounded_number_of_bytes() => Gen.Select(Gen.Int[0, Names.Length - 1], Bytes, Gen.Bool).Array[1, 8].Sample(
        drawn =>
        {
            var source = new MemorySource();
            foreach (var (name, bytes, isLong) in drawn.DistinctBy(one => one.Item1).Select(one => (Names[one.Item1], one.Item2, one.Item3)))
            {
                source.Add(name, bytes, isLong ? bytes.Length + (8L << 30) : null);
            }

            var found = source.InspectAsync().GetAwaiter().GetResult();

            Assert.InRange(source.BytesRead, 0, FormatLimits.InspectionBytes);
            Assert.All(found.Disks, disk => NothingForeign(QemuImgSource.Make(disk, "/staging")));
            Assert.All(found.Concerns, concern => Assert.DoesNotContain(concern.Assessment, char.IsControl));
        },
        iter: 1000);

    /// <summary>qemu-img is given names of ours alone, whatever stands in the source: nothing of it is a path, a protocol or an option.</summary>
    private static void NothingForeign(QemuImgSource source)
    {
        Assert.All(source.Links.Concat(source.Joined).Select(link => link.Name).Concat(source.Files.Keys).Concat(source.Zeros.Keys), name => Assert.Matches(OwnName(), name));
        Assert.All(source.Files.Values.SelectMany(text => text.Split('\n')).Where(line => line.Contains('"', StringComparison.Ordinal)), line => Assert.Matches(OwnLine(), line));
        Assert.All(FileName().Matches(source.Image), match => Assert.Matches(OwnName(), match.Groups["name"].Value["/staging/".Length..]));
        Assert.Empty(FileName().Replace(source.Image, string.Empty).Replace("\"driver\":\"vmdk\"", string.Empty, StringComparison.Ordinal).Replace("\"driver\":\"raw\"", string.Empty, StringComparison.Ordinal).Replace("\"driver\":\"file\"", string.Empty, StringComparison.Ordinal)
            .Split(["json:", "{", "}", ",", ":", "\"file\"", "\"backing\"", "\"offset\"", "\"size\"", "null", .. Enumerable.Range(0, 10).Select(digit => $"{digit}")], StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (VmwareFormatException)
        {
            // The one that is allowed.
        }
    }

    [GeneratedRegex(@"^([esz]\d+|l\d+\.vmdk)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OwnName();

    [GeneratedRegex(@"^(RW \d+ (FLAT|SPARSE|VMFSSPARSE|SESPARSE) ""[esz]\d+""( \d+)?|createType=""\w+""|ddb\.\w+ = ""\w+"")$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OwnLine();

    [GeneratedRegex(@"""filename"":""(?<name>[^""]*)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FileName();
}
