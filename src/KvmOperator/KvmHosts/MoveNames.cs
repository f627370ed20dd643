using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;

namespace KvmOperator.KvmHosts;

/// <summary>The names of moves that the operator makes or proposes. Pure.</summary>
internal static class MoveNames
{
    /// <summary>Names of objects have at most 253 letters; those of hosts at most 63.</summary>
    private const int LongestGuest = 150;

    /// <summary>
    /// The name of a guest's next move. As long as none of its moves ends it is the same, whoever asks: a second one cannot be made. In another cluster, where the guest's object is another one, it is another name, so that the
    /// move is not taken for one that was done before.
    /// </summary>
    /// <param name="purpose">What it begins with.</param>
    /// <param name="subject">What the move is about, beside the guest.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="before">The guest's moves that are over, the latest one first.</param>
    public static string Next(string purpose, string subject, VirtualMachine guest, IReadOnlyList<VmMigration> before)
    {
        // Times are kept in whole seconds, so that of two moves that ended in one second the later one is not known: it is the one whose name follows from the other.
        var known = before.ToDictionary(move => move.Name(), move => move.Uid(), StringComparer.Ordinal);
        var name = After(purpose, subject, guest, before.Count > 0 ? before[0].Uid() : string.Empty);
        while (known.Remove(name, out var uid))
        {
            name = After(purpose, subject, guest, uid);
        }

        return name;
    }

    private static string After(string purpose, string subject, VirtualMachine guest, string last)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{subject} {guest.Uid()} {last}")).AsSpan(0, 5));
        return $"{purpose}-{guest.Name()[..Math.Min(guest.Name().Length, LongestGuest)].TrimEnd('-', '.')}-{hash}";
    }
}
