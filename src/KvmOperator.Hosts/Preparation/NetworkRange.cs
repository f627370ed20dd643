using System.Net;

namespace KvmOperator.Hosts.Preparation;

/// <summary>Finds a range for libvirt's default network that no network of the host has.</summary>
internal static class NetworkRange
{
    /// <summary>The third numbers of 192.168.x.0/24 to try, libvirt's own first.</summary>
    private static readonly IEnumerable<int> Candidates = Enumerable.Range(122, 254 - 122).Concat(Enumerable.Range(1, 121));

    /// <summary>The first free range, such as <c>192.168.123</c>; null when there is none.</summary>
    public static string? FindFree(IEnumerable<string> networks)
    {
        var taken = Parse(networks);
        return Candidates
            .Select(number => $"192.168.{number}")
            .FirstOrDefault(prefix => !taken.Any(network => Overlap(network, IPNetwork.Parse($"{prefix}.0/24"))));
    }

    /// <summary>True when a network, such as <c>192.168.123.0/24</c>, overlaps none of the others.</summary>
    public static bool IsFree(string network, IEnumerable<string> networks) => IPNetwork.TryParse(network, out var own) && !Parse(networks).Exists(other => Overlap(other, own));

    /// <summary>True when one of them holds an address of the other.</summary>
    public static bool Overlap(IPNetwork one, IPNetwork other) => one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);

    private static List<IPNetwork> Parse(IEnumerable<string> networks) =>
        [.. networks.Select(text => IPNetwork.TryParse(text, out var network) ? network : (IPNetwork?)null).OfType<IPNetwork>()];
}
