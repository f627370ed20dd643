namespace KvmOperator.Hosts.Libvirt;

/// <summary>How much of the last ten seconds tasks waited for a resource, in percent; see the kernel's pressure stall information.</summary>
/// <param name="Cpu">Some task waited for a processor.</param>
/// <param name="Memory">Some task waited for memory.</param>
/// <param name="InputOutput">Some task waited for a disk.</param>
public sealed record Pressure(double Cpu, double Memory, double InputOutput);
