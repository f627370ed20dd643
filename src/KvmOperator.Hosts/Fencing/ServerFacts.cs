using System.Globalization;

namespace KvmOperator.Hosts.Fencing;

/// <summary>What a proof of exclusion by a server depends on. What could not be read is null.</summary>
/// <param name="ListsClients">Whether its kernel lists NFS clients, and serves.</param>
/// <param name="RemembersClients">Whether what remembers clients over a restart runs (<c>nfsdcld</c>).</param>
/// <param name="FreeBytes">Free bytes where it keeps its exports; the least of the places.</param>
/// <param name="MachineId">What identifies the machine.</param>
public sealed record ServerFacts(bool? ListsClients, bool? RemembersClients, long? FreeBytes, string? MachineId)
{
    /// <summary>Reads what the script prints.</summary>
    internal static ServerFacts Parse(string output)
    {
        var words = output.Split('\n').Select(line => line.Split(' ')).Where(line => line.Length == 2).GroupBy(line => line[0], StringComparer.Ordinal).ToDictionary(line => line.Key, line => line.First()[1], StringComparer.Ordinal);
        return new ServerFacts(Flag("clients"), Flag("remembers"), long.TryParse(words.GetValueOrDefault("free"), NumberStyles.None, CultureInfo.InvariantCulture, out var free) ? free : null, words.GetValueOrDefault("machine"));

        bool? Flag(string word) => words.GetValueOrDefault(word) switch
        {
            "yes" => true,
            "no" => false,
            _ => null,
        };
    }
}
