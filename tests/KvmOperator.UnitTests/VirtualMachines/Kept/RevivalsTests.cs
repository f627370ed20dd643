using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.VirtualMachines.Kept;
using Xunit;

namespace KvmOperator.UnitTests.VirtualMachines.Kept;

/// <summary>From what a guest is made that is nowhere.</summary>
public sealed class RevivalsTests
{
    private const string Folder = "/srv/images/default_xx/.kept";
    private const string Tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
    private static readonly Guid ByHand = new("11111111-2222-3333-4444-555555555555");
    private static readonly DateTimeOffset Copied = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_guest_of_which_nothing_is_kept_is_made_from_its_spec() => Assert.IsType<Revival.New>(For(Guest(), null));

    [Fact]
    public void One_that_is_kept_is_made_again_from_that()
    {
        var again = Assert.IsType<Revival.Again>(For(Guest(), new KeptGuest(Definition(), null, false)));

        Assert.Equal((Given.Identity.DomainName, false), (again.Definition.Name, again.HasTpmState));
    }

    [Fact]
    public void An_adopted_guest_is_made_again_as_it_was_and_never_as_something_else()
    {
        Assert.IsType<Revival.Again>(For(Guest(ByHand), new KeptGuest(Definition(uuid: ByHand, name: "byhand"), null, false)));

        var refused = Assert.IsType<Revival.Refused>(For(Guest(ByHand), null));
        Assert.Equal(VirtualMachineReasons.DefinitionNotKept, refused.Reason);
        Assert.Contains("virsh define", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_adopted_once_and_is_applied_again_is_known_by_its_folder()
    {
        var known = Assert.IsType<Revival.Known>(For(Guest(), new KeptGuest(Definition(uuid: ByHand, name: "byhand"), null, false)));

        Assert.Equal(ByHand, known.Definition.Uuid);
    }

    [Theory]
    [InlineData("no XML", "is no definition")]
    [InlineData("other", "is the definition of other/xx")]
    [InlineData("nobody", "is the definition of nobody")]
    [InlineData("renamed", "is called renamed")]
    public void What_is_not_the_guests_is_not_taken_and_not_passed_over(string what, string said)
    {
        var definition = what switch
        {
            "other" => Definition(owner: new OwnerMarker("other", "xx")),
            "nobody" => Definition().Replace(OwnerMarker.XmlNamespace, "urn:other", StringComparison.Ordinal),
            "renamed" => Definition(name: "renamed"),
            _ => what,
        };

        var refused = Assert.IsType<Revival.Refused>(For(Guest(), new KeptGuest(definition, null, false)));

        Assert.Equal(VirtualMachineReasons.KeptDefinitionUnusable, refused.Reason);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Folder, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_is_not_given_the_disk_of_another_host_that_has_the_same_name()
    {
        var refused = Assert.IsType<Revival.Refused>(For(Guest(), new KeptGuest(Definition("<disk type='block' device='disk'><source dev='/dev/sdb'/><target dev='vdb'/></disk>"), null, false)));

        Assert.Contains("/dev/sdb", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_state_of_its_TPM_is_taken_when_a_person_accepts_that_very_one()
    {
        var kept = new KeptGuest(Definition(Tpm), Copied, HasRunSince: true);
        const string copy = "2026-01-02T03:04:05Z";

        var refused = Assert.IsType<Revival.Refused>(For(Guest(), kept));
        Assert.Equal(VirtualMachineReasons.TpmStateOlder, refused.Reason);
        Assert.Contains($"kubectl annotate virtualmachine xx -n default --overwrite {Annotations.AcceptOlderTpmState}={copy}", refused.Message, StringComparison.Ordinal);

        Assert.IsType<Revival.Refused>(For(Guest(accepts: "2025-01-02T03:04:05Z"), kept));
        Assert.True(Assert.IsType<Revival.Again>(For(Guest(accepts: copy), kept)).HasTpmState);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void One_that_was_off_when_its_host_was_lost_has_lost_nothing(bool isCopied, bool hasState)
    {
        var again = Assert.IsType<Revival.Again>(For(Guest(), new KeptGuest(Definition(Tpm), isCopied ? Copied : null, HasRunSince: false)));

        Assert.Equal(hasState, again.HasTpmState);
    }

    [Fact]
    public void A_guest_that_ran_and_of_whose_TPM_there_is_no_copy_waits_as_well()
    {
        var kept = new KeptGuest(Definition(Tpm), null, HasRunSince: true);

        Assert.Contains($"{Annotations.AcceptOlderTpmState}=none", Assert.IsType<Revival.Refused>(For(Guest(), kept)).Message, StringComparison.Ordinal);
        Assert.False(Assert.IsType<Revival.Again>(For(Guest(accepts: "none"), kept)).HasTpmState);
    }

    private static Revival For(VirtualMachine machine, KeptGuest? kept) => Revivals.For(machine, kept, Folder);

    private static VirtualMachine Guest(Guid? adopted = null, string? accepts = null)
    {
        var guest = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "xx", NamespaceProperty = "default", Annotations = new Dictionary<string, string>(StringComparer.Ordinal) }, Spec = Given.Spec() };
        if (accepts is not null)
        {
            guest.Metadata.Annotations[Annotations.AcceptOlderTpmState] = accepts;
        }

        guest.Status = new VirtualMachineStatus { Host = "node1", DomainUuid = adopted?.ToString() };
        return guest;
    }

    private static string Definition(string devices = "", Guid? uuid = null, string? name = null, OwnerMarker? owner = null) =>
        $"<domain><name>{name ?? Given.Identity.DomainName}</name><uuid>{uuid ?? Given.Identity.Uuid}</uuid><metadata>{(owner ?? Given.Owner).ToXml()}</metadata><devices>{devices}</devices></domain>";
}
