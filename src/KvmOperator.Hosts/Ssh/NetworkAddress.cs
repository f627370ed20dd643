using System.Net;
using System.Net.Sockets;

namespace KvmOperator.Hosts.Ssh;

/// <summary>One spelling for each address: kernels, sshd and firewalls compare and print addresses of version 6 in their shortest form (RFC 5952), and people write them in any.</summary>
public static class NetworkAddress
{
    /// <summary>An address of version 6 in its shortest form, one of version 4 within such a one as that; a name and everything else as it is.</summary>
    public static string Canonical(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
            : text;
    }
}
