using System.Globalization;

namespace KvmOperator.Hosts.Nfs;

/// <summary>Reads the <c>info</c> files below <c>/proc/fs/nfsd/clients</c>, each after a line <c>client: ID</c>.</summary>
internal static class NfsClientParser
{
    public static IReadOnlyList<NfsClientLease> Parse(string text)
    {
        var clients = new List<Dictionary<string, string>>();
        foreach (var pair in text.Split('\n').Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2))
        {
            if (pair[0] == "client")
            {
                clients.Add(new Dictionary<string, string>(StringComparer.Ordinal));
            }

            clients.LastOrDefault()?.TryAdd(pair[0], pair[1].Trim().Trim('"'));
        }

        return [.. clients.Where(client => client.ContainsKey("address")).Select(ToLease)];
    }

    private static NfsClientLease ToLease(Dictionary<string, string> values) => new(
        values["client"],
        WithoutPort(values["address"]),
        values.GetValueOrDefault("name", string.Empty),
        values.GetValueOrDefault("status", "confirmed") == "confirmed",
        int.TryParse(values.GetValueOrDefault("seconds from last renew"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null);

    /// <summary>An address as the kernel writes it, <c>ADDRESS:PORT</c> or <c>[ADDRESS]:PORT</c>.</summary>
    internal static string WithoutPort(string address) =>
        address.LastIndexOf(':') is var colon and > 0 ? address[..colon].Trim('[', ']') : address;
}
