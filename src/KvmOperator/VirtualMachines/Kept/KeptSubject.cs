using KvmOperator.Hosts.Kept;

namespace KvmOperator.VirtualMachines.Kept;

/// <summary>What is known of a guest without asking for its definition.</summary>
/// <param name="Host">Where it is.</param>
/// <param name="Redefinitions">How often its definition was seen to change there.</param>
/// <param name="Tpm">What it does with its TPM; <see cref="TpmUse.None"/> when it has none.</param>
internal sealed record KeptSubject(string Host, int Redefinitions, TpmUse Tpm)
{
    /// <summary>Whether nothing new is to be kept of a guest of which this was kept. The state of a TPM is copied before every start.</summary>
    /// <param name="now">What is known now; its TPM's use is what the guest does, whether it has one or not.</param>
    public bool Covers(KeptSubject now) => (Host, Redefinitions) == (now.Host, now.Redefinitions) && (Tpm == TpmUse.None || (Tpm == now.Tpm && now.Tpm != TpmUse.Starting));
}
