using CsCheck;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Migrations;
using KvmOperator.Planning.Migrations;
using KvmOperator.UnitTests.VirtualMachines;
using KvmOperator.VmMigrations;
using KvmOperator.VmMigrations.Preflight;
using KvmOperator.VmMigrations.Verification;
using Xunit;

using ApiProgress = KvmOperator.Api.VmMigrations.MigrationProgress;
using HostsProgress = KvmOperator.Hosts.Migrations.MigrationProgress;

namespace KvmOperator.UnitTests.VmMigrations;

/// <summary>Refusals, outcomes and progress of moves.</summary>
public sealed class MigrationDecisionTests
{
    private static readonly MigrationTargetFacts Fine = new(true, true, [], [], false, false, [], null, "");

    private static readonly DomainObservation Running = Given.Domain(DomainState.Running);

    [Fact]
    public void A_move_that_nothing_stands_in_the_way_of_is_not_refused() =>
        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine, Running));

    [Fact]
    public void All_refusals_are_said_at_once_and_each_says_what_to_do()
    {
        var facts = new MigrationTargetFacts(false, false, ["default"], ["/local.qcow2"], true, true, ["/cached.qcow2"], "no svm", "timed out");

        var refusals = MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", "it is not Ready: see its conditions", facts, Running);

        Assert.Equal(9, refusals.Count);
        Assert.All(refusals, refusal => Assert.True(refusal.Length > 30, refusal));
    }

    [Fact]
    public void Only_a_person_may_allow_an_unsafe_cache()
    {
        var facts = Fine with { UnsafeCacheDisks = ["/cached.qcow2"] };

        Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Running));
        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec { AllowUnsafe = true }, "node2", null, facts, Running));
        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Given.Domain(DomainState.ShutOff)));
    }

    [Theory]
    [InlineData(DomainState.Running)]
    [InlineData(DomainState.ShutOff)]
    public void A_disk_that_is_its_hosts_own_keeps_the_guest_there_whether_it_runs_or_not(DomainState state)
    {
        var facts = Fine with { HostDisks = ["vdb (/dev/sdb)"] };

        var refusal = Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec { AllowUnsafe = true }, "node2", null, facts, Given.Domain(state)));

        Assert.Contains("vdb (/dev/sdb)", refusal, StringComparison.Ordinal);
        Assert.Contains("NfsStore", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_sees_its_hosts_own_processor_goes_to_the_same_processor_only()
    {
        var facts = Fine with { HostProcessorsDiffer = true };

        Assert.Contains("own processor", Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Running)), StringComparison.Ordinal);
        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec { AllowUnsafe = true }, "node2", null, facts, Running));
    }

    [Fact]
    public void A_guest_whose_processor_the_target_does_not_have_is_made_anew_to_get_another()
    {
        var refusal = Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine with { CpuIncompatibility = "no svm" }, Running));

        Assert.Contains("no svm", refusal, StringComparison.Ordinal);
        Assert.Contains("deletionPolicy: Retain and apply it again", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("next start", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_is_off_leaves_nothing_behind_that_it_needs()
    {
        var facts = Fine with { HasSavedState = true, History = ["snapshot before-upgrade"], LocalFirmwareVariables = "/var/lib/libvirt/qemu/nvram/xx_VARS.fd" };

        var refusals = MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Given.Domain(DomainState.ShutOff));

        Assert.Equal(3, refusals.Count);
        Assert.Contains("(snapshot before-upgrade), and moves no running guest that has any: remove it there (virsh snapshot-delete", refusals[0], StringComparison.Ordinal);
        Assert.Contains("managedsave-remove", refusals[1], StringComparison.Ordinal);
        Assert.Contains("xx_VARS.fd", refusals[2], StringComparison.Ordinal);
        Assert.Contains("snapshot before-upgrade", Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Running)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_libvirt_would_refuse_only_at_the_end_is_refused_before_it_begins()
    {
        Assert.Contains("shmem s0", Refusal(Fine with { UnmovableDevices = ["shmem s0"] }), StringComparison.Ordinal);
        Assert.Contains("host_uuid", Refusal(Fine with { SameIdentity = "the UUID 1" }), StringComparison.Ordinal);

        // Whose shell talks is all that is said of the way there.
        Assert.Contains("\"Welcome\" before a command", Refusal(Fine with { SourceReachesTarget = false, ShellTalk = "Welcome" }), StringComparison.Ordinal);
        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine with { UnmovableDevices = ["shmem s0"], SameIdentity = "the UUID 1" }, Given.Domain(DomainState.ShutOff)));

        static string Refusal(MigrationTargetFacts facts) => Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec { AllowUnsafe = true }, "node2", null, facts, Running));
    }

    [Fact]
    public void A_guest_of_a_newer_QEMU_is_refused_whether_it_runs_or_not_and_the_machine_is_named()
    {
        var facts = Fine with { MachineType = "pc-q35-10.0", MachineRefusal = "the machine 'pc-q35-10.0' is not supported by emulator '/usr/bin/qemu-system-x86_64'" };

        foreach (var domain in new[] { Running, Given.Domain(DomainState.ShutOff) })
        {
            var refusal = Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec { AllowUnsafe = true }, "node2", null, facts, domain));
            Assert.StartsWith("node2 cannot run the guest's machine pc-q35-10.0", refusal, StringComparison.Ordinal);
            Assert.Contains("update QEMU on node2", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_guest_whose_firmware_the_target_lacks_is_refused_with_the_file()
    {
        var facts = Fine with { MissingFirmware = "/usr/share/OVMF/OVMF_CODE_4M.fd" };

        Assert.Contains("node2 has no firmware /usr/share/OVMF/OVMF_CODE_4M.fd", Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, facts, Running)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_got_no_answer_is_asked_again_and_refused_never()
    {
        Assert.Null(MigrationPreflight.Unknown("node1", "node2", Fine));
        Assert.Contains("node2 within 40 s", MigrationPreflight.Unknown("node1", "node2", Fine with { CommandIsLate = true, SourceReachesTarget = false })!, StringComparison.Ordinal);
        Assert.Contains("/images/xx.qcow2", MigrationPreflight.Unknown("node1", "node2", Fine with { UnknownDisks = ["/images/xx.qcow2"] })!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_stands_still_is_moved_only_when_somebody_wanted_it_to_stand()
    {
        const int ByUser = 1, ByMigration = 2, ByInputOutputError = 5;

        Assert.Empty(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine, Given.Domain(DomainState.Paused, ByUser)));
        Assert.Contains("could not be written", Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine, Given.Domain(DomainState.Paused, ByInputOutputError))), StringComparison.Ordinal);
        Assert.Contains("another move", Assert.Single(MigrationPreflight.Refusals(new VmMigrationSpec(), "node2", null, Fine, Given.Domain(DomainState.Paused, ByMigration))), StringComparison.Ordinal);
    }

    [Fact]
    public void An_outcome_is_only_said_when_it_is_on_one_side()
    {
        DomainObservation[] active = [Given.Domain(DomainState.Running), Given.Domain(DomainState.Paused, 2)];
        var off = Given.Domain(DomainState.ShutOff);
        foreach (var one in active)
        {
            Assert.Equal(MigrationOutcome.OnSource, Judge(one, null));
            Assert.Equal(MigrationOutcome.OnSource, Judge(one, off));
            Assert.Equal(MigrationOutcome.OnTarget, Judge(null, one));
            Assert.Equal(one.PausedByMigration ? MigrationOutcome.Unknown : MigrationOutcome.OnTarget, Judge(off, one));
            Assert.All(active, other => Assert.Equal(MigrationOutcome.Unknown, Judge(one, other)));
        }

        Assert.Equal(MigrationOutcome.OnSource, Judge(off, off));
        Assert.Equal(MigrationOutcome.Gone, Judge(null, null));
    }

    private static MigrationOutcome Judge(DomainObservation? source, DomainObservation? target) => MigrationOutcomes.Judge(source.OnHost(), target.OnHost());

    [Fact]
    public void The_percentage_never_goes_back() => Gen.Select(Gen.Long[1, 1 << 30], Gen.Long[0, 1 << 30]).Array[1, 30].Sample(steps =>
    {
        ApiProgress? shown = null;
        foreach (var (total, remaining) in steps)
        {
            var next = MigrationReports.Progress(shown, new HostsProgress(total, 0, remaining, 1, 0, 1, TimeSpan.Zero, null), DateTime.UnixEpoch);
            if (next.Percent < (shown?.Percent ?? 0) || next.Percent is < 0 or > 99)
            {
                return false;
            }

            shown = next;
        }

        return true;
    });
}
