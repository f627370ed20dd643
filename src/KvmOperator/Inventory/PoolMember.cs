using k8s.Models;
using KvmOperator.Api.KvmHosts;
using KvmOperator.Inventory.Observations;

namespace KvmOperator.Inventory;

/// <summary>A host as one of its pool.</summary>
/// <param name="Host">Its object.</param>
/// <param name="CanBeAsked">Whether it can be asked at all: nothing of an invalid spec reaches a machine.</param>
/// <param name="IsFenced">Whether it provably runs nothing.</param>
/// <param name="IsSameMachine">Whether it turned out to be another one's machine: what runs there is seen there.</param>
internal sealed record PoolMember(KvmHost Host, bool CanBeAsked, bool IsFenced, bool IsSameMachine)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = Host.Name();

    /// <summary>What its object says of it.</summary>
    public static PoolMember Of(KvmHost host) => new(
        host,
        KvmHostValidator.Validate(host).Count == 0,
        host.Status?.Conditions.Any(condition => condition is { Type: KvmHostConditions.Fenced, Status: "True" }) == true,
        SameMachine.IsRefused(host));
}
