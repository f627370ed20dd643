using System.Globalization;
using k8s.Models;
using KvmOperator.Api;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Kept;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Inventory.Guests;

namespace KvmOperator.VirtualMachines.Kept;

/// <summary>Says from what a guest that is nowhere is made. Pure.</summary>
internal static class Revivals
{
    /// <summary>What to make it from.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="kept">What is kept of it; null for nothing.</param>
    /// <param name="folder">The folder where it is kept.</param>
    public static Revival For(VirtualMachine machine, KeptGuest? kept, string folder)
    {
        var identity = machine.Identity();
        if (kept is null)
        {
            return identity.Adopted is null
                ? new Revival.New()
                : new Revival.Refused(
                    VirtualMachineReasons.DefinitionNotKept,
                    $"the domain {identity.Uuid} that was adopted for it is on no host any more, and its definition was not kept in {folder}: define it again on a host of the pool (virsh define, with that UUID), or delete this object with deletionPolicy: Retain and apply it without the annotation {Annotations.AdoptDomain} to have a new domain made for its disks");
        }

        var file = $"{folder}/domain.xml";
        if (KeptDefinition.Parse(kept.Definition) is not { } definition)
        {
            return Unusable($"{file} is no definition of a domain");
        }

        if (definition.Owner != new OwnerMarker(identity.Namespace, identity.Name))
        {
            return Unusable($"{file} is the definition of {(definition.Owner is { } other ? $"{other.Namespace}/{other.Name}" : "nobody")}");
        }

        if (definition.Uuid != identity.Uuid)
        {
            // Applied again after a deletion, nothing but the folder knows that the guest was a person's.
            return identity.Adopted is null
                ? new Revival.Known(definition)
                : Unusable($"{file} is the definition of the domain {definition.Uuid}, and the guest is to be {identity.Uuid}");
        }

        if (identity.Adopted is null && definition.Name != identity.DomainName)
        {
            return Unusable($"{file} is the definition of a domain that is called {definition.Name}");
        }

        if (definition.OfItsHost.Count > 0)
        {
            return new Revival.Refused(
                VirtualMachineReasons.KeptDefinitionUnusable,
                $"by its last definition it uses what another host has not, or has another one of ({string.Join(", ", definition.OfItsHost)}): take that out of {file}, on a host that has the store mounted");
        }

        return definition.HasTpm && kept.HasRunSince && machine.GetAnnotation(Annotations.AcceptOlderTpmState) != Copy(kept)
            ? new Revival.Refused(
                VirtualMachineReasons.TpmStateOlder,
                $"the host that had it is lost, and with it the state of its TPM: {(kept.TpmStateTime is null ? "there is no copy, and the guest would get an empty TPM" : $"the copy is of {Copy(kept)}, and the guest ran since then")}. Keys that it sealed meanwhile would be lost (have its recovery keys at hand). To go on with that: kubectl annotate virtualmachine {machine.Name()} -n {machine.Namespace()} --overwrite {Annotations.AcceptOlderTpmState}={Copy(kept)}")
            : new Revival.Again(definition, definition.HasTpm && kept.TpmStateTime is not null);

        Revival.Refused Unusable(string what) => new(VirtualMachineReasons.KeptDefinitionUnusable, $"{what}: put the right one there, or remove {folder} to have a new domain made for its disks");
    }

    /// <summary>What a person accepts: this copy and no later one.</summary>
    private static string Copy(KeptGuest kept) => kept.TpmStateTime?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "none";
}
