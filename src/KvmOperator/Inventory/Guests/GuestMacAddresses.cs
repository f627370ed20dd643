using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.Inventory.Guests;

/// <summary>Which addresses a guest's network cards have, and who of two guests keeps one. Pure.</summary>
internal static class GuestMacAddresses
{
    /// <summary>So many addresses are tried for a card. Each is taken by another guest once in thousands of times.</summary>
    private const int MostAttempts = 64;

    /// <summary>The addresses of the cards in small letters, in the order of the spec: the given ones, else those that were chosen before, else those that are tried first.</summary>
    public static IReadOnlyList<string> Of(VirtualMachine guest)
    {
        var identity = guest.Identity();
        return [.. guest.Spec.Cards().Select((card, position) => Given(card) ?? Kept(guest, position) ?? identity.MacAddress(position))];
    }

    /// <summary>Chooses addresses that no other guest has.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="found">The addresses of its domain, when it has one: what a cluster that was lost had chosen is chosen again.</param>
    /// <param name="holder">The other guest that has an address rather than this one; null for none.</param>
    public static MacAddressChoice Choose(VirtualMachine guest, IReadOnlyList<string> found, Func<string, VirtualMachine?> holder)
    {
        var identity = guest.Identity();
        var chosen = new List<string>();
        foreach (var (position, card) in guest.Spec.Cards().Index())
        {
            if (Given(card) is { } given)
            {
                if (holder(given) is { } other)
                {
                    return new MacAddressChoice([], $"spec.networks[{position}].mac: {given} is the address of a network card of the guest {other.Namespace()}/{other.Name()}. Give another one, or none: then one is chosen that nobody has.");
                }

                chosen.Add(given);
                continue;
            }

            var candidates = Candidates(identity, position).Take(MostAttempts).ToList();
            var wanted = new[] { Kept(guest, position) ?? candidates.Find(candidate => found.Contains(candidate, StringComparer.Ordinal)) }.OfType<string>().Concat(candidates);
            chosen.Add(wanted.FirstOrDefault(candidate => !chosen.Contains(candidate, StringComparer.Ordinal) && holder(candidate) is null) ?? candidates[0]);
        }

        return new MacAddressChoice(chosen, null);
    }

    /// <summary>
    /// Whether of two guests that have an address the other one keeps it: the one for which it is written down, else the one to which it is given, else the older one, else the first by name. Both
    /// come to the same answer, in whichever order they ask.
    /// </summary>
    public static bool IsOthers(string mac, VirtualMachine guest, VirtualMachine other) => Rank(mac, other).CompareTo(Rank(mac, guest)) < 0;

    private static (bool IsUnwritten, bool IsDerived, DateTime Age, string Name) Rank(string mac, VirtualMachine guest) => (
        guest.Status?.MacAddresses.Contains(mac, StringComparer.Ordinal) != true,
        !guest.Spec.Cards().Any(card => Given(card) == mac),
        guest.Metadata.CreationTimestamp ?? DateTime.MaxValue,
        $"{guest.Namespace()}/{guest.Name()}");

    private static IEnumerable<string> Candidates(DomainIdentity identity, int position)
    {
        for (var attempt = 0; ; attempt++)
        {
            yield return identity.MacAddress(position, attempt);
        }
    }

    private static string? Given(VirtualMachineNetwork card) => card.Mac?.ToLowerInvariant();

    private static string? Kept(VirtualMachine guest, int position) => guest.Status?.MacAddresses is { } kept && position < kept.Count ? kept[position] : null;
}
