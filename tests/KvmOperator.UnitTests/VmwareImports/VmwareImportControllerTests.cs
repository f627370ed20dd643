using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Vmware;
using KvmOperator.UnitTests.Planning.Vmware;
using Xunit;

namespace KvmOperator.UnitTests.VmwareImports;

/// <summary>Imports from their beginning to their end, on a host that is made up.</summary>
public sealed class VmwareImportControllerTests : IDisposable
{
    private const string Target = "/var/lib/libvirt/images/default_qy1/scsi0-0.qcow2";

    private readonly ImportRig rig = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task A_folder_becomes_a_guest_that_works_and_only_then_what_is_disposable_goes()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { Trim = TrimPolicy.AfterSuccess }), ImportStep.Boot, Token);
        Assert.Equal(["read the source", "wrote the record", "converted 0", "forgot kvmop-import-uid-0"], rig.Host.Done);
        Assert.Equal($"default_qy1/scsi0-0.qcow2", rig.Api.Guests["qy1"].Spec.Disks.Single().Source!.Existing);
        Assert.Equal("qy1/uid", rig.Api.Guests["qy1"].GetAnnotation(Annotations.ImportedBy));

        rig.Run(isRunning: true);
        import = await rig.ReconcileAsync(import, ImportStep.Verify, Token);
        import = await rig.ReconcileAsync(import, Token);
        Assert.Equal((ImportStep.Verify, VmwareImportPhase.Running), (import.Status!.Step, import.Status.Phase));
        Assert.DoesNotContain(rig.Host.Done, deed => deed.StartsWith("trimmed", StringComparison.Ordinal));

        rig.Host.Evidence = new GuestEvidence(false, "192.168.122.7", null, 4096);
        import = await rig.ReconcileAsync(import, ImportStep.Trim, Token);
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal(VmwareImportPhase.Succeeded, import.Status!.Phase);
        Assert.Equal("True Imported: the guest qy1 was made and works", ImportRig.Said(import));
        Assert.Equal("True Imported: it took the address 192.168.122.7 by DHCP", ImportRig.Said(import, VmwareImportConditions.Verified));
        Assert.Equal("trimmed vmware.log", rig.Host.Done[^1]);
        Assert.Equal((1, 3L), (import.Status.Trim!.DeletedFiles, import.Status.Trim.DeletedBytes));
        Assert.All(import.Status.Pipeline, step => Assert.Equal(ImportStepState.Succeeded, step.State));
        Assert.Equal((100, "qy1"), (import.Status.ProgressPercent, import.Status.VirtualMachineRef!.Name));
        Assert.Equal(1, rig.Api.Made);
    }

    [Fact]
    public async Task The_source_is_summed_up_for_people()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { StopAfter = ImportStopAfter.Inspect }), Token);

        Assert.Equal(("guest", "node3.vmx", "centos7-64", "BIOS", 256L << 20), (import.Status!.Source!.Name, import.Status.Source.File, import.Status.Source.GuestId, import.Status.Source.Firmware, import.Status.Source.MemoryBytes));
        var disk = import.Status.Disks.Single();
        Assert.Equal(("disk.vmdk", "scsi0:0", "monolithicSparse", 1, Target, 1L << 20), (disk.Source, disk.Slot, disk.Format, disk.Layers, disk.Target, disk.VirtualBytes));
        Assert.Equal(("Logs", 1, 3L), (import.Status.Trim!.Classes.Single().Name, import.Status.Trim.Classes[0].Files, import.Status.Trim.Classes[0].Bytes));
        Assert.Contains("kind: VirtualMachine", import.Status.VirtualMachineManifest, StringComparison.Ordinal);
        Assert.Contains("existing: default_qy1/scsi0-0.qcow2", import.Status.VirtualMachineManifest, StringComparison.Ordinal);
        Assert.DoesNotContain("imported-by", import.Status.VirtualMachineManifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Until_a_person_takes_the_stop_away_nothing_is_written()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { StopAfter = ImportStopAfter.Inspect }), Token);
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal(["read the source", "read the source"], rig.Host.Done);
        Assert.StartsWith("Unknown StoppedAfterInspect", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.StartsWith("True AsExpected", ImportRig.Said(import, VmwareImportConditions.Inspected), StringComparison.Ordinal);

        import.Spec = import.Spec with { StopAfter = null };
        Assert.Equal(ImportStep.Convert, (await rig.ReconcileAsync(import, Token)).Status!.Step);
    }

    [Fact]
    public async Task A_machine_that_runs_is_waited_for_and_a_lock_that_a_person_knows_of_is_not()
    {
        rig.Host.Add("disk.vmdk.lck/M12345.lck", "uuid=1 123-456(vmware-vmx.exe) 1 X 1 lc=1");
        var import = await rig.ReconcileAsync(rig.Import(), Token);
        Assert.StartsWith("Unknown SourceInUse: StaleLock", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.Equal(["read the source"], rig.Host.Done);

        import.Spec = import.Spec with { AcceptConcerns = ["StaleLock"] };
        Assert.Equal(ImportStep.Convert, (await rig.ReconcileAsync(import, Token)).Status!.Step);
    }

    [Fact]
    public async Task A_disk_that_is_cut_stops_it_until_the_source_is_mended()
    {
        rig.Host.Add("disk.vmdk", Vmdk.MonolithicSparse(2048)[..^512]);
        var import = await rig.ReconcileAsync(rig.Import(), Token);
        Assert.StartsWith("False CriticalConcerns: FileTruncated", ImportRig.Said(import, VmwareImportConditions.Inspected), StringComparison.Ordinal);
        Assert.Equal(("FileTruncated", "scsi0:0"), (import.Status!.Concerns[0].Id, import.Status.Concerns[0].Subject));

        rig.Host.Add("disk.vmdk", Vmdk.MonolithicSparse(2048));
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal(ImportStep.Convert, import.Status!.Step);
        Assert.DoesNotContain(import.Status.Concerns, concern => concern.Category == ConcernCategory.Critical);
    }

    [Fact]
    public async Task A_source_that_may_not_be_read_is_said_with_the_reason_and_tried_again()
    {
        rig.Host.Refusal = "/etc is not below a folder from which imports may read";
        var import = await rig.ReconcileAsync(rig.Import(), Token);
        Assert.StartsWith("Unknown SourceUnreadable: the source cannot be read on node1: /etc is not below a folder", ImportRig.Said(import), StringComparison.Ordinal);

        rig.Host.Refusal = null;
        Assert.Equal(ImportStep.Convert, (await rig.ReconcileAsync(import, Token)).Status!.Step);
    }

    [Fact]
    public async Task A_name_that_somebody_has_is_left_alone()
    {
        rig.Add(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default" }, Spec = VirtualMachines.Given.Spec() });

        var import = await rig.ReconcileAsync(rig.Import(), Token);

        Assert.StartsWith("Unknown NameTaken: NameTaken: There is a VirtualMachine default/qy1 already.", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.DoesNotContain("wrote the record", rig.Host.Done);
    }

    [Fact]
    public async Task A_file_that_lies_where_a_disk_would_be_is_left_alone()
    {
        rig.Host.Files.Add(Target);

        var import = await rig.ReconcileAsync(rig.Import(), Token);

        Assert.StartsWith($"Unknown NameTaken: NameTaken: {Target} is there already", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.DoesNotContain("wrote the record", rig.Host.Done);
    }

    [Fact]
    public async Task Progress_is_said_in_bytes_with_what_is_left()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.Conversion = _ => new ConversionState(ConversionOutcome.Running, 25, string.Empty, null);
        rig.Clock.Advance(TimeSpan.FromSeconds(10));

        import = await rig.ReconcileAsync(import, Token);

        var disk = import.Status!.Disks.Single();
        Assert.Equal((25, (1L << 20) / 100 * 25, 30L), (disk.Progress, disk.BytesDone, disk.EtaSeconds));
        Assert.InRange(import.Status.ProgressPercent!.Value, 24, 25);
    }

    [Fact]
    public async Task Without_room_it_waits_and_goes_on_when_there_is_some()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.Conversion = _ => new ConversionState(ConversionOutcome.Refused, null, "it needs 5 MiB, and the store has 1 MiB left", null);
        import = await rig.ReconcileAsync(import, Token);
        Assert.Equal("Unknown NoSpace: the disk scsi0:0 (disk.vmdk) is not converted yet: it needs 5 MiB, and the store has 1 MiB left", ImportRig.Said(import));
        Assert.Equal("forgot kvmop-import-uid-0", rig.Host.Done[^1]);

        rig.Host.Conversion = _ => new ConversionState(ConversionOutcome.Done, 100, string.Empty, 1);
        import = await rig.ReconcileAsync(import, ImportStep.Define, Token);
        Assert.Equal(ImportStep.Define, import.Status!.Step);
    }

    [Fact]
    public async Task A_conversion_that_was_ended_begins_again()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.Conversion = _ => new ConversionState(ConversionOutcome.Interrupted, null, "it ended with signal 9", null);
        import = await rig.ReconcileAsync(import, Token);
        Assert.Equal("Unknown ConversionInterrupted: the conversion of the disk scsi0:0 (disk.vmdk) was ended on node1 (it ended with signal 9): it begins again", ImportRig.Said(import));
        Assert.Equal("forgot kvmop-import-uid-0", rig.Host.Done[^1]);

        rig.Host.Conversion = _ => new ConversionState(ConversionOutcome.Done, 100, string.Empty, 1);
        Assert.Equal(ImportStep.Boot, (await rig.ReconcileAsync(import, ImportStep.Boot, Token)).Status!.Step);
    }

    [Theory]
    [InlineData(ConversionOutcome.SourceChanged, "SourceChanged")]
    [InlineData(ConversionOutcome.Failed, "ConversionFailed")]
    public async Task A_disk_that_cannot_be_converted_ends_the_import_and_what_it_made_goes(ConversionOutcome outcome, string reason)
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.Conversion = _ => new ConversionState(outcome, null, "the file is cut", null);

        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal(VmwareImportPhase.Failed, import.Status!.Phase);
        Assert.StartsWith($"False {reason}: ", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.Equal([$"removed {Target}", "forgot kvmop-import-uid-0"], rig.Host.Done.TakeLast(2));
        Assert.Equal(ImportStepState.Failed, import.Status.Pipeline.Single(step => step.Step == ImportStep.Convert).State);
        Assert.Equal(ImportStepState.Skipped, import.Status.Pipeline.Single(step => step.Step == ImportStep.Boot).State);
        Assert.Empty(rig.Api.Guests);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_ends_nothing()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.IsSilent = true;

        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal((ImportStep.Convert, "Unknown OutcomeUnknown: it waits for an answer: node1 cannot be asked"), (import.Status!.Step, ImportRig.Said(import)));
        rig.Host.IsSilent = false;
        Assert.Equal(ImportStep.Boot, (await rig.ReconcileAsync(import, ImportStep.Boot, Token)).Status!.Step);
    }

    [Fact]
    public async Task A_killed_operator_makes_the_guest_once()
    {
        var defining = await rig.ReconcileAsync(rig.Import(), ImportStep.Define, Token);

        // The guest was made, and the operator ended before that was written.
        await rig.ReconcileAsync(defining, Token);
        rig.Add(defining);
        var import = await rig.ReconcileAsync(defining, Token);

        Assert.Equal((1, ImportStep.Boot), (rig.Api.Made, import.Status!.Step));
    }

    [Fact]
    public async Task A_guest_that_somebody_else_made_meanwhile_is_not_taken_for_it()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Define, Token);
        rig.Api.Guests["qy1"] = new VirtualMachine { Metadata = new V1ObjectMeta { Name = "qy1", NamespaceProperty = "default" }, Spec = VirtualMachines.Given.Spec() };

        import = await rig.ReconcileAsync(import, Token);

        Assert.StartsWith("False NameTaken: somebody else has made a VirtualMachine qy1 meanwhile.", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.Equal((0, true), (rig.Api.Made, rig.Host.Files.Contains(Target)));
    }

    [Fact]
    public async Task On_an_empty_cluster_the_guest_is_made_again_without_reading_the_source()
    {
        await rig.ReconcileAsync(rig.Import(), ImportStep.Boot, Token);
        using var other = new ImportRig();
        other.Host.Record = rig.Host.Record;
        other.Host.Files.UnionWith(rig.Host.Files);

        // Nor does it need a host that has the source.
        other.Host.Place = null;
        var import = await other.ReconcileAsync(other.Import(uid: "made anew"), ImportStep.Boot, Token);

        Assert.Equal((VmwareImportPhase.Succeeded, "True AlreadyImported: the guest qy1 is there: its disks were imported before this cluster was made"), (import.Status!.Phase, ImportRig.Said(import)));
        Assert.Empty(other.Host.Done);
        Assert.Equal("qy1/made anew", other.Api.Guests["qy1"].GetAnnotation(Annotations.ImportedBy));
        Assert.Equal(rig.Api.Guests["qy1"].Spec.Disks.Single().Source, other.Api.Guests["qy1"].Spec.Disks.Single().Source);
    }

    [Fact]
    public async Task Disks_that_went_with_their_guest_are_imported_anew_and_one_that_is_lost_is_asked_for()
    {
        await rig.ReconcileAsync(rig.Import(), ImportStep.Boot, Token);
        using var other = new ImportRig();
        other.Host.Record = rig.Host.Record! with { Disks = [rig.Host.Record.Disks[0], rig.Host.Record.Disks[0] with { Target = "/var/lib/libvirt/images/default_qy1/scsi0-1.qcow2" }] };
        other.Host.Files.Add(Target);

        var import = await other.ReconcileAsync(other.Import(uid: "made anew"), Token);
        Assert.StartsWith("Unknown NameTaken: the disks were imported before this cluster was made, and /var/lib/libvirt/images/default_qy1/scsi0-1.qcow2 is not there any more.", ImportRig.Said(import), StringComparison.Ordinal);

        other.Host.Files.Clear();
        import = await other.ReconcileAsync(import, Token);
        Assert.Equal((ImportStep.Convert, "made anew"), (import.Status!.Step, other.Host.Record!.Import.Uid));
    }

    [Theory]
    [InlineData("path")]
    [InlineData("vmx")]
    public async Task An_import_of_the_same_name_that_asks_for_something_else_takes_no_disks_that_are_there(string what)
    {
        await rig.ReconcileAsync(rig.Import(), ImportStep.Boot, Token);
        using var other = new ImportRig();
        other.Host.Record = rig.Host.Record;
        other.Host.Files.UnionWith(rig.Host.Files);

        var import = await other.ReconcileAsync(
            other.Import(spec => what == "path" ? spec with { Source = spec.Source with { Path = "/srv/import/other" } } : spec with { Source = spec.Source with { Vmx = "node3.vmx" } }, uid: "made anew"), Token);

        Assert.StartsWith("Unknown NameTaken: NameTaken: The import qy1 has put disks of a guest default/qy1 into the store.", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.Empty(other.Api.Guests);
    }

    [Fact]
    public async Task A_guest_that_is_not_to_be_started_is_made_and_nothing_more()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { Start = false, Trim = TrimPolicy.AfterSuccess }), ImportStep.Boot, Token);

        Assert.Equal("True GuestMade: the guest qy1 was made, and is not started", ImportRig.Said(import));
        Assert.Equal(RunStrategy.Halted, rig.Api.Guests["qy1"].Spec.RunStrategy);
        Assert.Equal([ImportStepState.Skipped, ImportStepState.Skipped, ImportStepState.Skipped], import.Status!.Pipeline.Where(step => step.Step is ImportStep.Boot or ImportStep.Verify or ImportStep.Trim).Select(step => step.State));
        Assert.DoesNotContain(rig.Host.Done, deed => deed.StartsWith("trimmed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_guest_that_proves_nothing_waits_for_a_person_and_nothing_is_deleted_before()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { Trim = TrimPolicy.AfterSuccess }), ImportStep.Boot, Token);
        rig.Run(isRunning: true);
        import = await rig.ReconcileAsync(import, ImportStep.Verify, Token);
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        import = await rig.ReconcileAsync(import, Token);
        import = await rig.ReconcileAsync(import, Token);

        Assert.StartsWith("Unknown RunningUnproven", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.Equal(VmwareImportPhase.Running, import.Status!.Phase);
        Assert.DoesNotContain(rig.Host.Done, deed => deed.StartsWith("trimmed", StringComparison.Ordinal));

        // What was written for another import of that name counts for nothing.
        import.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [Annotations.ConfirmVerified] = "another" };
        Assert.Equal(ImportStep.Verify, (await rig.ReconcileAsync(import, Token)).Status!.Step);
        import.Metadata.Annotations[Annotations.ConfirmVerified] = "uid";
        import = await rig.ReconcileAsync(import, ImportStep.Trim, Token);
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal("True Confirmed: a person has seen that the guest works", ImportRig.Said(import, VmwareImportConditions.Verified));
        Assert.Equal("trimmed vmware.log", rig.Host.Done[^1]);
    }

    [Fact]
    public async Task A_guest_that_does_not_run_in_time_fails_the_import_and_stays_with_its_disks()
    {
        var import = await rig.ReconcileAsync(rig.Import(spec => spec with { Trim = TrimPolicy.AfterSuccess }), ImportStep.Boot, Token);
        rig.Run(isRunning: false);
        import = await rig.ReconcileAsync(import, Token);
        Assert.Equal("Unknown InProgress: the guest qy1 is started: no host can take it", ImportRig.Said(import));

        rig.Run(isRunning: true);
        import = await rig.ReconcileAsync(import, ImportStep.Verify, Token);
        rig.Run(isRunning: false);
        rig.Clock.Advance(TimeSpan.FromMinutes(10));
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal(VmwareImportPhase.Failed, import.Status!.Phase);
        Assert.StartsWith("False NotVerified: the guest does not run 600 s after its start", ImportRig.Said(import), StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Host.Done, deed => deed.StartsWith("removed", StringComparison.Ordinal) || deed.StartsWith("trimmed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_imports_are_converted_on_a_host_at_once_and_the_others_wait_in_their_order()
    {
        foreach (var name in new[] { "first", "second" })
        {
            var earlier = rig.Import(uid: name);
            earlier.Metadata.Name = name;
            earlier.Status = new VmwareImportStatus { Phase = VmwareImportPhase.Running, Step = ImportStep.Convert, Host = "node1", StartTime = rig.Clock.GetUtcNow().UtcDateTime };
            rig.Add(earlier);
        }

        rig.Clock.Advance(TimeSpan.FromSeconds(5));
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        import = await rig.ReconcileAsync(import, Token);

        Assert.Equal("Unknown WaitingForSlot: other imports are converted on node1 first: default/first, default/second", ImportRig.Said(import));
        Assert.DoesNotContain("converted 0", rig.Host.Done);
    }

    [Fact]
    public async Task Deleting_it_while_it_converts_ends_the_job_and_removes_what_it_made()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);

        Assert.True(await rig.FinalizeAsync(import, Token));

        Assert.Equal(["stopped kvmop-import-uid-0", "forgot kvmop-import-uid-0", $"removed {Target}"], rig.Host.Done.TakeLast(3));
    }

    [Fact]
    public async Task Deleting_it_leaves_the_guest_that_it_made()
    {
        var defining = await rig.ReconcileAsync(rig.Import(), ImportStep.Define, Token);
        await rig.ReconcileAsync(defining, Token);

        // Even when the operator ended before it was written that the guest was made.
        Assert.True(await rig.FinalizeAsync(defining, Token));

        Assert.DoesNotContain(rig.Host.Done, deed => deed.StartsWith("removed", StringComparison.Ordinal));
        Assert.Contains(Target, rig.Host.Files);
    }

    [Fact]
    public async Task It_is_not_gone_before_the_host_has_let_go()
    {
        var import = await rig.ReconcileAsync(rig.Import(), ImportStep.Convert, Token);
        rig.Host.IsSilent = true;

        Assert.False(await rig.FinalizeAsync(import, Token));
    }
}
