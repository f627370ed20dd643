using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A network card of the guest.</summary>
/// <param name="Index">Its number in VMware.</param>
/// <param name="Model">QEMU's model.</param>
/// <param name="Mac">Its address, null for a new one.</param>
/// <param name="SourceNetwork">What it was connected to in VMware.</param>
/// <param name="IsConnected">Whether it is connected from the start.</param>
/// <param name="OldName">The name it had in a Linux guest, when that is known.</param>
public sealed record ProposedNic(int Index, string Model, string? Mac, string SourceNetwork, bool IsConnected, string? OldName)
{
    /// <summary>A file for <c>/etc/systemd/network</c> by which a Linux guest keeps the card's name; null when name or address are not known.</summary>
    public string? LinkFile => OldName is null || Mac is null ? null : $"[Match]\nMACAddress={Mac}\n\n[Link]\nName={OldName}\n";
}
