using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Definitions;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Definitions;

/// <summary>A guest that writes in an external snapshot keeps it: taking it away would take away all that was written since.</summary>
public sealed class DomainOverlaysTests
{
    private const string Base = "/images/default_xx/root.qcow2";
    private const string Overlay = "/images/default_xx/root.before-upgrade";

    private static readonly GuestDefinition Wanted = new(Given.Identity, 1, 256L << 20, [new GuestDisk(Base, "qcow2", "virtio", "vda") { BootOrder = 1 }], [new GuestInterface("default", null, "52:54:00:00:00:01")]);

    [Fact]
    public void A_disk_that_a_snapshot_covers_is_neither_missing_nor_is_the_snapshot_taken_away()
    {
        var domain = Domain(Overlay);
        var suspects = DomainOverlays.Suspects(DomainComparison.Compare(domain, Wanted, live: true));
        Assert.Equal([Overlay], suspects);

        var overlays = DomainOverlays.Find(Wanted, Chains(Overlay, "/images/default_xx/root.older", Base));

        Assert.Empty(DomainComparison.Compare(domain, DomainOverlays.Redirect(Wanted, overlays), live: true));
        Assert.Contains($"{Overlay} over {Base}", DomainOverlays.Message(Wanted, overlays), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_was_exchanged_in_the_spec_is_no_snapshot()
    {
        var overlays = DomainOverlays.Find(Wanted, Chains("/images/default_xx/old.qcow2"));

        Assert.Same(Wanted, DomainOverlays.Redirect(Wanted, overlays));
        Assert.Equal(DomainOverlays.None, DomainOverlays.Message(Wanted, overlays));
        Assert.Equal(2, DomainComparison.Compare(Domain("/images/default_xx/old.qcow2"), Wanted, live: true).Count(difference => difference is DomainDifference.MissingDisk or DomainDifference.ExtraDisk));
    }

    [Fact]
    public void Nobody_is_asked_when_a_disk_is_only_missing_or_only_too_many()
    {
        Assert.Empty(DomainOverlays.Suspects([new DomainDifference.ExtraDisk(Overlay, "vdb")]));
        Assert.Empty(DomainOverlays.Suspects([new DomainDifference.MissingDisk(Wanted.Disks[0])]));
    }

    private static Dictionary<string, IReadOnlyList<string>> Chains(string file, params string[] behind) => new(StringComparer.Ordinal) { [file] = behind };

    private static string Domain(string file) =>
        $"<domain><vcpu>1</vcpu><memory>262144</memory><currentMemory>262144</currentMemory><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' error_policy='stop'/><source file='{file}'><seclabel model='dac' relabel='no'/></source><target dev='vda' bus='virtio'/><boot order='1'/></disk>"
        + "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface></devices></domain>";
}
