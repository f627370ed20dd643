using System.Globalization;
using KvmOperator.Planning.Vmware.Formats;
using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>
/// Real files of VMware's products yield the values that a person read in them. They are other people's and not in this repository: the variable <c>KVM_OPERATOR_VMWARE_SAMPLES</c> names their folder, which has an
/// <c>expected.tsv</c>. The other tests have the same peculiarities, written by hand.
/// </summary>
public sealed class SampleTests
{
    private static readonly string? Samples = Environment.GetEnvironmentVariable("KVM_OPERATOR_VMWARE_SAMPLES") is { Length: > 0 } named ? named : null;

    [Fact]
    public void Every_machine_is_read_as_expected()
    {
        Assert.SkipWhen(Samples is null, "no folder of samples is named");
        var wrong = new List<string>();
        foreach (var row in Rows().Where(row => row[0].EndsWith(".vmx", StringComparison.Ordinal)))
        {
            var concerns = new ConcernList();
            var machine = SourceMachineReader.Read(VmxReader.Read(File.ReadAllBytes(Path.Combine(Samples!, row[0]))), row[0], concerns);
            if (machine.IsEncrypted)
            {
                Check(wrong, row[0], "encrypted", "?", row[2]);
                continue;
            }

            Check(wrong, row[0], "name", row[1], machine.Name);
            Check(wrong, row[0], "vcpus", row[2], machine.CoresPerSocket is { } cores ? $"{machine.Vcpus} ({cores})" : $"{machine.Vcpus}");
            Check(wrong, row[0], "memory", row[3], machine.MemoryMiB?.ToString(CultureInfo.InvariantCulture) ?? "(absent)");
            Check(wrong, row[0], "firmware", row[4], machine.Firmware.ToString().ToLowerInvariant() + (machine.HasSecureBoot ? "+secureboot" : string.Empty));
            Check(wrong, row[0], "disks", row[5], machine.Disks.Count == 0 ? "(none)" : string.Join("; ", machine.Disks.Select(disk => $"{disk.Slot.Replace("usb_xhci:0", "usb_xhci:0", StringComparison.Ordinal)} {disk.Controller.ToString().ToLowerInvariant()} '{disk.FileName}'")));
            Check(wrong, row[0], "guest", row[7], machine.Guest.Id ?? "(absent)");
            Nics(wrong, row[0], row[6], machine.Nics);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_descriptor_is_read_as_expected()
    {
        Assert.SkipWhen(Samples is null, "no folder of samples is named");
        foreach (var row in Rows().Where(row => row[0].StartsWith("d-", StringComparison.Ordinal)))
        {
            var descriptor = VmdkDescriptorReader.Read(File.ReadAllBytes(Path.Combine(Samples!, row[0])));

            Assert.Equal((row[0], row[1], row[3].Split(' ')[0], row[7]), (row[0], descriptor.CreateType, descriptor.Sectors.ToString(CultureInfo.InvariantCulture), descriptor.AdapterType ?? "(absent)"));
            Assert.DoesNotContain(descriptor.Extents, extent => extent.FileName?.Contains('\ufffd', StringComparison.Ordinal) == true);
            if (int.TryParse(row[5].Split(' ')[0], CultureInfo.InvariantCulture, out var count))
            {
                Assert.Equal(count, descriptor.Extents.Count);
            }
        }
    }

    [Fact]
    public void Every_lock_says_who_holds_it()
    {
        Assert.SkipWhen(Samples is null, "no folder of samples is named");
        foreach (var file in Directory.GetFiles(Path.Combine(Samples!, "lck")))
        {
            Assert.Equal(Path.GetFileName(file) != "vmx.lck-M60634.lck", LockHolder.Read(File.ReadAllBytes(file)).IsMachine);
        }
    }

    [Theory]
    [InlineData("tpl-oc4vm-macos.vmx", 3)]
    [InlineData("lv-annotation.vmx", 0)]
    public void Lines_that_cannot_be_read_are_counted(string file, int count)
    {
        Assert.SkipWhen(Samples is null, "no folder of samples is named");

        Assert.Equal(count, VmxReader.Read(File.ReadAllBytes(Path.Combine(Samples!, file))).Unparsable);
    }

    [Fact]
    public void Snapshots_with_negative_times_are_read()
    {
        Assert.SkipWhen(Samples is null, "no folder of samples is named");

        var snapshots = VmsdReader.Read(File.ReadAllBytes(Path.Combine(Samples!, "s-four-snapshots.vmsd")));

        Assert.Equal(["SNAPSHOT POST INSTALL", "SECOND"], snapshots.Take(2).Select(snapshot => snapshot.Name));
        Assert.All(snapshots, snapshot => Assert.InRange(snapshot.Created!.Value.Year, 2010, 2030));
    }

    private static IEnumerable<string[]> Rows() => File.ReadLines(Path.Combine(Samples!, "expected.tsv")).Skip(1).Where(line => line.Length > 0).Select(line => line.Split('\t'));

    private static void Nics(List<string> wrong, string file, string expected, IReadOnlyList<SourceNic> nics)
    {
        var parts = expected == "(none)" ? [] : expected.Split("; ");
        Check(wrong, file, "number of cards", $"{parts.Length}", $"{nics.Count}");
        foreach (var (part, nic) in parts.Zip(nics))
        {
            var connection = nic.Connection == "custom" ? $"custom/{nic.Vnet}" : nic.Connection;
            var group = nic.NetworkName is { } name && !name.StartsWith("VMnet", StringComparison.Ordinal) ? $"'{name}'" : null;
            var network = (connection, group) switch
            {
                (null, null) => "(bridged by default)",
                (null, _) => group,
                (_, null) => connection,
                _ => $"{connection} {group}",
            };
            var text = $"{nic.Index} {nic.Model ?? "unset"} {nic.Mac ?? "(no MAC)"} {network}{(nic.PciSlot is { } slot ? $" slot{slot}" : "")}{(nic.IsStatic ? " static" : "")}{(nic.IsConnected ? "" : " link DOWN")}";

            // The slot is only noted where a person found it worth noting.
            Check(wrong, file, "card", part, part.Contains("slot", StringComparison.Ordinal) ? text : text.Replace($" slot{nic.PciSlot}", "", StringComparison.Ordinal));
        }
    }

    private static void Check(List<string> wrong, string file, string what, string expected, string actual)
    {
        if (expected != actual)
        {
            wrong.Add($"{file}: {what}: expected {expected}, was {actual}");
        }
    }
}
