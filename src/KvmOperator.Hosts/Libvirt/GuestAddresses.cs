using System.Net;

namespace KvmOperator.Hosts.Libvirt;

/// <summary>Which of a guest's addresses others can use. Pure.</summary>
internal static class GuestAddresses
{
    /// <summary>Those that are neither loopback nor link-local, in their order. What is no address is left out.</summary>
    public static IReadOnlyList<string> Useful(IEnumerable<string> texts) =>
        [.. texts.Where(text => IPAddress.TryParse(text, out var address) && !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)];
}
