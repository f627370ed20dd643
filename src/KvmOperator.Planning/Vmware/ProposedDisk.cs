using KvmOperator.Planning.Vmware.Formats;

namespace KvmOperator.Planning.Vmware;

/// <summary>A disk of the guest.</summary>
/// <param name="Slot">The slot it had in VMware.</param>
/// <param name="Bus">The bus that the guest surely has a driver for.</param>
/// <param name="BootOrder">When it is tried, from 1.</param>
public sealed record ProposedDisk(string Slot, ProposedBus Bus, int BootOrder);
