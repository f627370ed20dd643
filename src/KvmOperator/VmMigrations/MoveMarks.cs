using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Api.VmMigrations;
using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VmMigrations;

/// <summary>
/// Tells a move that was done before from one that is asked for. The domain remembers it, so the same objects applied to an empty cluster move nothing. A person who deletes a move and applies
/// it again wants it again: its guest's object is still the same one then. Pure.
/// </summary>
internal static class MoveMarks
{
    /// <summary>The mark of a move of a guest.</summary>
    public static MoveMark Of(VmMigration move, VirtualMachine guest) => new(move.Name(), Hash(move.Spec), guest.Uid() ?? string.Empty);

    /// <summary>Whether a move was done for an object of the guest that was there before this one.</summary>
    public static bool WasDone(VmMigration move, VirtualMachine guest, DomainObservation domain)
    {
        var mark = Of(move, guest);
        return domain.Moves.Any(done => done.Name == mark.Name && done.Hash == mark.Hash && done.Guest != mark.Guest);
    }

    /// <summary>What a move asks for. The fields are named one by one: a field that a later version adds must not make an old move a new one.</summary>
    private static string Hash(VmMigrationSpec spec)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"1 {spec.VirtualMachineRef.Name} {spec.TargetHostRef?.Name} {spec.AllowUnsafe} {spec.AutoConverge} {spec.PostCopy} {spec.BandwidthMiBPerSecond} {spec.MaxDowntimeMilliseconds} {spec.TimeoutSeconds}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
