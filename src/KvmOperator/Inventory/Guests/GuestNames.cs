using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Runtime.Api;

namespace KvmOperator.Inventory.Guests;

/// <summary>Guests as people, and decisions, name them: <c>namespace/name</c>.</summary>
internal static class GuestNames
{
    /// <summary>The name of a guest.</summary>
    public static string Of(VirtualMachine guest) => $"{guest.Namespace()}/{guest.Name()}";

    /// <summary>The name of the guest whose mark a domain has.</summary>
    public static string Of(OwnerMarker owner) => $"{owner.Namespace}/{owner.Name}";

    /// <summary>The key of the guest of that name.</summary>
    public static EntityKey KeyOf(string guest) =>
        guest.Split('/') is [var ofNamespace, var name] ? new EntityKey(ofNamespace, name) : throw new ArgumentException($"{guest} is no namespace/name", nameof(guest));
}
