using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.Benchmarks.Fleet.Hosts;

/// <summary>What follows from a simulated host's name alone, so that a later run finds the hosts of an earlier one.</summary>
internal static class FleetIdentity
{
    /// <summary>Where the store is mounted.</summary>
    public const string MountPath = "/var/lib/libvirt/images";

    /// <summary>The namespace of the guests.</summary>
    public const string Namespace = "fleet";

    public static string HostName(int number) => string.Create(CultureInfo.InvariantCulture, $"host-{number:D4}");

    public static string GuestName(int number) => string.Create(CultureInfo.InvariantCulture, $"guest-{number:D5}");

    public static string HostAddress(int number) => string.Create(CultureInfo.InvariantCulture, $"10.0.{number / 250}.{(number % 250) + 1}");

    public static string GuestAddress(int number) => string.Create(CultureInfo.InvariantCulture, $"10.{100 + (number / 62500)}.{number / 250 % 250}.{(number % 250) + 1}");

    public static HostKey KeyOf(string text)
    {
        byte[] type = [0, 0, 0, 11, .. "ssh-ed25519"u8];
        return HostKey.FromBlob([.. type, 0, 0, 0, 32, .. Hash(text)]);
    }

    public static Guid BootOf(string host) => new(Hash("boot " + host).AsSpan(0, 16));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
