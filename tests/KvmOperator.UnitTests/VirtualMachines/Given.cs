using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.UnitTests.VirtualMachines;

/// <summary>Guests and hosts for tests.</summary>
internal static class Given
{
    public static DomainIdentity Identity { get; } = new("default", "xx");

    public static OwnerMarker Owner { get; } = new("default", "xx");

    public static DomainObservation Domain(DomainState state, int reason = 0, OwnerMarker? owner = null, string? name = null) =>
        new(name ?? Identity.DomainName, Identity.Uuid, owner ?? Owner, state, reason, 1, 256L << 20, 0, []);

    /// <summary>A domain that a person made.</summary>
    public static DomainObservation HandMade(DomainState state, Guid uuid) => Domain(state, name: "byhand") with { Owner = null, Uuid = uuid };

    public static HostObservation Host(params DomainObservation[] domains) =>
        new("boot", 2, default, 0, null, 4L << 30, 2L << 30, LibvirtAnswers: true, domains, []);

    public static VirtualMachineSpec Spec(RunStrategy strategy = RunStrategy.Always) => new()
    {
        Memory = new ResourceQuantity("256Mi"),
        Disks = [new VirtualMachineDisk { Name = "root", StoreRef = new KvmOperator.Api.LocalObjectReference { Name = "images" }, Size = new ResourceQuantity("1Gi") }],
        RunStrategy = strategy,
        TerminationGracePeriodSeconds = 60,
    };
}
