using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmwareImports;
using KvmOperator.Inventory.Guests;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Informers;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;

namespace KvmOperator.VmwareImports;

/// <summary>One pass over an import: what is said of it so far, and how it goes from step to step. What goes on returns after which time; what is over returns null.</summary>
internal sealed class ImportPass(
    VmwareImport import,
    ConditionList conditions,
    StatusWriter<VmwareImport> writer,
    IEventRecorder events,
    IEntityStore<VmwareImport> imports,
    IEntityStore<VirtualMachine> machines,
    TimeProvider clock)
{
    /// <summary>The import.</summary>
    public VmwareImport Import => import;

    /// <summary>What it asks for.</summary>
    public VmwareImportSpec Spec => import.Spec;

    /// <summary>What is to be written, but for the conditions.</summary>
    public VmwareImportStatus Status
    {
        get => import.Status ??= new VmwareImportStatus();
        set => import.Status = value;
    }

    /// <summary>What is said in this pass.</summary>
    public ConditionList Conditions => conditions;

    /// <summary>The object of the guest; null when there is none of its name.</summary>
    public VirtualMachine? Machine => machines.Get(GuestKey);

    /// <summary>The key of the guest's object.</summary>
    public EntityKey GuestKey => new(import.Namespace(), import.Spec.VirtualMachine.Name);

    /// <summary>The name of the guest's folder in a store.</summary>
    public string GuestFolder => GuestFileNames.Folder(new VirtualMachine { Metadata = new V1ObjectMeta { NamespaceProperty = import.Namespace(), Name = import.Spec.VirtualMachine.Name } });

    /// <summary>The time in whole seconds, as the API keeps it.</summary>
    public DateTime Now => clock.GetStatusTime();

    /// <summary>Whether an object of a guest was made by this import.</summary>
    public bool IsOurs(VirtualMachine machine) => machine.GetAnnotation(Annotations.ImportedBy) == Mark;

    /// <summary>The mark of this import on the guest that it makes.</summary>
    public string Mark => $"{import.Name()}/{import.Uid()}";

    /// <summary>When a step began; null when it did not.</summary>
    public DateTime? Started(ImportStep step) => Status.Pipeline.FirstOrDefault(one => one.Step == step)?.Started;

    /// <summary>Writes the status, if it changed.</summary>
    /// <exception cref="InvalidOperationException">Another operator that leads now has brought the import further: this pass is about what was before.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        RequireNewest();
        Status = Status with { ObservedGeneration = import.Metadata.Generation, Conditions = conditions.ToList() };
        await writer.WriteAsync(import, cancellationToken);
    }

    /// <summary>Writes numbers that move all the time, now and then.</summary>
    public async Task WriteProgressAsync(CancellationToken cancellationToken)
    {
        RequireNewest();
        Status = Status with { ObservedGeneration = import.Metadata.Generation, Conditions = conditions.ToList() };
        await writer.WriteProgressAsync(import, ImportIntervals.Progress, cancellationToken);
    }

    /// <summary>Writes down that a step begins; its work begins with the next pass.</summary>
    /// <exception cref="InvalidOperationException">The step may not follow: a mistake of the caller.</exception>
    public async Task<TimeSpan?> EnterAsync(ImportStep step, CancellationToken cancellationToken)
    {
        Enter(step);
        await WriteAsync(cancellationToken);
        return ImportIntervals.AtOnce;
    }

    /// <summary>The status in its next step; it has to be written.</summary>
    public void Enter(ImportStep step)
    {
        if (Status.Step is { } before)
        {
            if (!VmwareImportStates.Next[before].Contains(step))
            {
                throw new InvalidOperationException($"{step} does not follow {before}");
            }

            Finish(before, ImportStepState.Succeeded);
            foreach (var between in Enum.GetValues<ImportStep>().Where(one => one > before && one < step && one != ImportStep.Trim))
            {
                Finish(between, ImportStepState.Skipped);
            }
        }
        else
        {
            Status = Status with { Pipeline = [.. Enum.GetValues<ImportStep>().Select(one => new ImportPipelineStep { Step = one, State = ImportStepState.Pending })] };
        }

        Change(step, one => one with { State = ImportStepState.Running, Started = Now });
        Status = Status with { Step = step, Phase = VmwareImportStates.Phase(step) };
    }

    /// <summary>Says how far a step is.</summary>
    public void Progress(ImportStep step, int percent) => Change(step, one => one with { Progress = percent });

    /// <summary>Says what is waited for.</summary>
    /// <param name="reason">The condition's reason.</param>
    /// <param name="message">What it is, and what to do about it.</param>
    /// <param name="delay">When it is looked at again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<TimeSpan?> WaitAsync(string reason, string message, TimeSpan delay, CancellationToken cancellationToken)
    {
        conditions.Unknown(CommonConditions.Succeeded, reason, message);
        await WriteAsync(cancellationToken);
        return delay;
    }

    /// <summary>Writes down how the import ended, and tells its users and the guest's.</summary>
    public async Task<TimeSpan?> EndAsync(VmwareImportPhase phase, string reason, string message, CancellationToken cancellationToken)
    {
        var isSuccess = phase == VmwareImportPhase.Succeeded;
        if (isSuccess)
        {
            conditions.True(CommonConditions.Succeeded, reason, message);
        }
        else
        {
            conditions.False(CommonConditions.Succeeded, reason, message);
        }

        if (Status.Step is { } last)
        {
            Finish(last, isSuccess ? ImportStepState.Succeeded : ImportStepState.Failed);
        }

        foreach (var never in Status.Pipeline.Where(one => one.State == ImportStepState.Pending).Select(one => one.Step).ToList())
        {
            Finish(never, ImportStepState.Skipped);
        }

        Status = Status with { Phase = phase, CompletionTime = Now, ProgressPercent = isSuccess ? 100 : Status.ProgressPercent };
        await WriteAsync(cancellationToken);
        Publish(reason, message, isSuccess ? EventType.Normal : EventType.Warning);
        if (Machine is { } machine && IsOurs(machine))
        {
            events.Publish(machine, reason, $"VmwareImport {import.Name()}: {message}", isSuccess ? EventType.Normal : EventType.Warning);
        }

        return null;
    }

    /// <summary>Tells the import's users that something was done.</summary>
    public void Publish(string reason, string message, EventType type = EventType.Normal) => events.Publish(import, reason, message, type);

    private void RequireNewest()
    {
        if (imports.Get(EntityKey.Of(import)) is { Status: { } known } stored && stored.Uid() == import.Uid() && (IsLater(known.Step, Status.Step) || (VmwareImportStates.IsEnd(known.Phase) && !VmwareImportStates.IsEnd(Status.Phase))))
        {
            throw new InvalidOperationException($"the import is at {known.Step} ({known.Phase}) by now, and is not set back to {Status.Step}");
        }
    }

    /// <summary>The order in which steps are done, of which Trim is the last: people are shown first what is disposable.</summary>
    private static bool IsLater(ImportStep? one, ImportStep? other) => Place(one) > Place(other);

    private static int Place(ImportStep? step) => step switch
    {
        null => -1,
        ImportStep.Trim => int.MaxValue,
        { } known => (int)known,
    };

    private void Finish(ImportStep step, ImportStepState state) =>
        Change(step, one => one with { State = state, Progress = state == ImportStepState.Succeeded ? 100 : one.Progress, Finished = state == ImportStepState.Skipped ? null : Now });

    private void Change(ImportStep step, Func<ImportPipelineStep, ImportPipelineStep> change) =>
        Status = Status with { Pipeline = [.. Status.Pipeline.Select(one => one.Step == step ? change(one) : one)] };
}
