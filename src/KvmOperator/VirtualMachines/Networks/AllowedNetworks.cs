using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Inventory.Guests;
using KvmOperator.Settings;

namespace KvmOperator.VirtualMachines.Networks;

/// <summary>Keeps guests off networks of the hosts that are not for their namespace, such as the one from which the hosts are managed. Pure.</summary>
internal static class AllowedNetworks
{
    /// <summary>Why a guest may not be on a network that it names, and what to do; null when it may be on all of them.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="allowed">What guests of its namespace may be on (<see cref="LiveSettings.NetworksOf"/>); null for all.</param>
    public static string? Refuse(VirtualMachine guest, IReadOnlyList<string>? allowed)
    {
        if (allowed is null)
        {
            return null;
        }

        foreach (var (position, card) in guest.Spec.Cards().Index())
        {
            var (words, name) = card.Bridge is { } bridge ? ($"the bridge {bridge}", SettingsKeys.Bridge + bridge) : ($"the network {card.Network}", card.Network!);
            if (!allowed.Contains(name, StringComparer.Ordinal))
            {
                var ofNamespace = guest.Namespace();
                return $"spec.networks[{position}]: guests of the namespace {ofNamespace} may not be on {words}, only on {(allowed.Count == 0 ? "none" : string.Join(", ", allowed))}. Choose one of those, or have "
                    + $"it allowed: {SettingsKeys.OfNamespace(ofNamespace, SettingsKeys.Networks)} in the operator's ConfigMap {SettingsKeys.ConfigMap}.";
            }
        }

        return null;
    }
}
