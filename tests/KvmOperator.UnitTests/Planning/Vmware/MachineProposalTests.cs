using KvmOperator.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.Planning.Vmware;

/// <summary>A guest gets hardware that it surely has drivers for.</summary>
public sealed class MachineProposalTests
{
    private static readonly string RedHat = "distroName='CentOS Linux' distroVersion='7' familyName='Linux' kernelVersion='3.10.0-1160.el7.x86_64' prettyName='CentOS Linux 7 (Core)' bitness='64'";
    private static readonly string Ubuntu = "distroName='Ubuntu' distroVersion='20.04' familyName='Linux' kernelVersion='5.13' prettyName='Ubuntu 20.04.4 LTS' bitness='64'";

    [Theory]
    [InlineData("centos7-64", null, DiskController.LsiLogic, "pc", ProposedBus.Ide)]
    [InlineData("sles15-64", null, DiskController.PvScsi, "pc", ProposedBus.Ide)]
    [InlineData("other5xlinux-64", null, DiskController.Ahci, "pc", ProposedBus.Ide)]
    [InlineData("ubuntu-64", null, DiskController.LsiLogic, "q35", ProposedBus.Virtio)]
    [InlineData("windows9-64", DiskController.Ahci, DiskController.Nvme, "q35", ProposedBus.Sata)]
    [InlineData("windows7-64", DiskController.Ide, DiskController.LsiSas1068, "pc", ProposedBus.Ide)]
    [InlineData("windows2019srv-64", null, DiskController.Nvme, "q35", ProposedBus.Sata)]
    [InlineData("freebsd", null, DiskController.Ide, "pc", ProposedBus.Ide)]
    public void The_bus_is_one_that_the_guest_has(string guest, DiskController? cdRom, DiskController controller, string machine, ProposedBus bus)
    {
        var (proposal, _) = Make(Machine(GuestDetection.Of(guest, null), controller) with { CdRomController = cdRom });

        Assert.Equal((machine, bus), (proposal.Machine, proposal.Disks.Single().Bus));
    }

    [Fact]
    public void What_the_guest_reported_counts_before_what_a_person_chose()
    {
        Assert.Equal(GuestFamily.Debian, GuestDetection.Of("oraclelinux-64", Ubuntu).Family);
        Assert.Equal(GuestFamily.RedHat, GuestDetection.Of("ubuntu-64", RedHat).Family);
        Assert.Equal(("CentOS Linux 7 (Core)", "3.10.0-1160.el7.x86_64"), (GuestDetection.Of(null, RedHat).Name, GuestDetection.Of(null, RedHat).Kernel));
    }

    [Fact]
    public void A_fifth_disk_does_not_fit_on_IDE()
    {
        var (proposal, _) = Make(Machine(GuestDetection.Of("rhel8-64", null), DiskController.PvScsi, 5));

        Assert.Equal([ProposedBus.Ide, ProposedBus.Ide, ProposedBus.Ide, ProposedBus.Ide, ProposedBus.Virtio], proposal.Disks.Select(disk => disk.Bus));
    }

    [Theory]
    [InlineData("rhel8-64", "e1000", "e1000")]
    [InlineData("rhel8-64", "e1000e", "e1000")]
    [InlineData("rhel8-64", "vmxnet3", "vmxnet3")]
    [InlineData("rhel5", null, "pcnet")]
    [InlineData("rhel5", "vlance", "pcnet")]
    [InlineData("rhel8-64", null, "e1000")]
    [InlineData("ubuntu-64", "e1000", "virtio")]
    [InlineData("windows9-64", "e1000e", "e1000e")]
    public void Cards_are_of_the_same_model_where_it_exists(string guest, string? model, string expected)
    {
        var (proposal, _) = Make(Machine(GuestDetection.Of(guest, null), DiskController.LsiLogic) with { Nics = [new SourceNic(0) { Model = model, Connection = "nat" }] });

        Assert.Equal(expected, proposal.Nics.Single().Model);
    }

    [Fact]
    public void A_Linux_guest_is_told_how_its_cards_keep_their_names()
    {
        var (proposal, concerns) = Make(
            Machine(GuestDetection.Of("centos7-64", null), DiskController.LsiLogic) with
            {
                Nics = [new SourceNic(0) { Mac = "00:0c:29:cd:00:67", PciSlot = 33, Connection = "custom", Vnet = "VMnet5" }, new SourceNic(1) { Mac = "00:0c:29:cd:00:68", IsConnected = false }],
            },
            new Dictionary<string, string> { ["00:0c:29:cd:00:68"] = "default/web" });

        Assert.Equal("[Match]\nMACAddress=00:0c:29:cd:00:67\n\n[Link]\nName=ens33\n", proposal.Nics[0].LinkFile);
        Assert.Null(proposal.Nics[1].LinkFile);
        Assert.Equal([ConcernId.DuplicateMac, ConcernId.NicRename, ConcernId.NicNetworkGuessed, ConcernId.NicDisconnected], concerns.Select(concern => concern.Id).Where(id => id.ToString().Contains("Nic", StringComparison.Ordinal) || id == ConcernId.DuplicateMac).Order());
    }

    [Fact]
    public void Limits_and_names_are_said()
    {
        var (proposal, concerns) = Make(Machine(GuestDetection.Of("ubuntu-64", null), DiskController.LsiLogic, 17) with { Name = "{{name}}", MemoryMiB = null, Nics = [.. Enumerable.Range(0, 9).Select(index => new SourceNic(index))] });

        Assert.Equal((null, 64L), (proposal.Name, proposal.MemoryMiB));
        Assert.Superset(new HashSet<ConcernId> { ConcernId.TooManyDisks, ConcernId.TooManyNics, ConcernId.MemoryRaised, ConcernId.NameNotUsable }, concerns.Select(concern => concern.Id).ToHashSet());
    }

    [Theory]
    [InlineData("ChemicalPlant", "chemicalplant")]
    [InlineData("Cent OS '8' 节点", "cent-os-8")]
    [InlineData("Ubuntu 64 位", "ubuntu-64")]
    [InlineData("Größe", "gro-e")]
    [InlineData("café", "cafe")]
    [InlineData("节点", null)]
    [InlineData("--", null)]
    [InlineData("{{DESCRIPTION}}", null)]
    public void A_name_is_made_one_that_Kubernetes_takes(string name, string? expected) => Assert.Equal(expected, ObjectNames.Of(name));

    [Fact]
    public void An_old_Windows_on_BusLogic_does_not_start_elsewhere() =>
        Assert.Contains(Make(Machine(GuestDetection.Of("winxppro", null), DiskController.BusLogic)).Concerns, concern => concern is { Id: ConcernId.UnsupportedController, IsReleasable: true });

    [Fact]
    public void Every_concern_has_its_words() => Assert.All(Enum.GetValues<ConcernId>(), id =>
    {
        var concern = ConcernCatalogue.Make(id, "x", "y");
        Assert.NotEmpty(concern.Label);
        Assert.Equal(concern.Category == ConcernCategory.Information, concern.Suggestion.Length == 0);
        Assert.False(concern.IsReleasable && concern.Category != ConcernCategory.Critical);
    });

    private static SourceMachine Machine(SourceGuest guest, DiskController controller, int disks = 1) =>
        new() { Name = "vm", MemoryMiB = 1024, Guest = guest, Disks = [.. Enumerable.Range(0, disks).Select(index => new SourceDisk($"scsi0:{index}", controller, $"d{index}.vmdk"))] };

    private static (ProposedMachine Proposal, IReadOnlyList<Concern> Concerns) Make(SourceMachine machine, Dictionary<string, string>? taken = null)
    {
        var concerns = new ConcernList();
        return (MachineProposal.Make(machine, new GuestLimits(), taken ?? [], concerns), concerns.All);
    }
}
