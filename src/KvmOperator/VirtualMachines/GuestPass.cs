using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Api;
using KvmOperator.Runtime.Events;
using KvmOperator.Runtime.Status;
using KvmOperator.Status;
using KvmOperator.VirtualMachines.Definitions;

namespace KvmOperator.VirtualMachines;

/// <summary>One pass over a guest: what is said of it so far, and how it is written down.</summary>
internal sealed class GuestPass(
    VirtualMachine machine, VirtualMachineStatus status, ConditionList conditions, StatusWriter<VirtualMachine> writer, IEventRecorder events, TimeProvider clock)
{
    private const string NotKeptBegin = "; what it is cannot be kept in its folder, so that it could not be made again exactly: ";

    /// <summary>The guest.</summary>
    public VirtualMachine Machine => machine;

    /// <summary>Its key.</summary>
    public EntityKey Key => EntityKey.Of(machine);

    /// <summary>What is to be written, but for the conditions.</summary>
    public VirtualMachineStatus Status { get; set; } = status;

    /// <summary>What is said in this pass.</summary>
    public ConditionList Conditions => conditions;

    /// <summary>The time in whole seconds, as the API keeps it.</summary>
    public DateTime Now => clock.GetStatusTime();

    /// <summary>What a comparison of the definition is about: the same spec on the same host needs no second one.</summary>
    public string Subject(string host) => $"{machine.Metadata.Uid} {machine.Metadata.Generation} {host}";

    /// <summary>Why the last definition could not be kept; null when it is.</summary>
    public string? NotKept { get; set; }

    /// <summary>Takes down what became of a request, and tells it when that is news and the end of it.</summary>
    public void Requested(GuestRequest? request)
    {
        if (request is { Phase: GuestRequestPhase.Refused } && request != Status.LastRequest)
        {
            Publish(VirtualMachineReasons.RequestRefused, $"{request.Request}: {request.Message}", EventType.Warning);
        }

        Status = Status with { LastRequest = request };
    }

    /// <summary>Says that the domain is as it should be.</summary>
    /// <param name="message">What a comparison said; null to leave what the last one said.</param>
    public void Defined(string? message = null)
    {
        var said = message ?? (conditions.Find(VirtualMachineConditions.Defined) is { Status: "True" } before ? before.Message : DomainOverlays.None);
        var compared = said.Split(NotKeptBegin)[0];
        conditions.True(VirtualMachineConditions.Defined, CommonReasons.AsExpected, NotKept is { } why ? compared + NotKeptBegin + why : compared);
    }

    /// <summary>Writes the status, if it changed.</summary>
    /// <returns>Whether it did.</returns>
    public async Task<bool> WriteAsync(string phase, CancellationToken cancellationToken)
    {
        Status = Status with { ObservedGeneration = machine.Metadata.Generation, Phase = phase, Conditions = conditions.ToList() };
        machine.Status = Status;
        return await writer.WriteAsync(machine, cancellationToken);
    }

    /// <summary>Says why the guest is not ready, in its status and, when that is news, in an event.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="condition">The condition that is false, besides Ready; null for Ready alone.</param>
    /// <param name="reason">The reason.</param>
    /// <param name="message">The message, which ends with what to do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WarnAsync(string phase, string? condition, string reason, string message, CancellationToken cancellationToken)
    {
        if (condition is not null)
        {
            conditions.False(condition, reason, message);
        }

        conditions.False(CommonConditions.Ready, reason, message);
        if (await WriteAsync(phase, cancellationToken))
        {
            events.Publish(machine, reason, message, EventType.Warning);
        }
    }

    /// <summary>Tells the guest's users that something was done.</summary>
    public void Publish(string reason, string message, EventType type = EventType.Normal) => events.Publish(machine, reason, message, type);
}
