namespace KvmOperator.Hosts.Libvirt;

/// <summary>What a host is. Fields that could not be read are empty.</summary>
/// <param name="OperatingSystem">Its name and version.</param>
/// <param name="Kernel">The kernel's release.</param>
/// <param name="Libvirt">libvirt's version.</param>
/// <param name="Qemu">QEMU's version.</param>
/// <param name="CpuModel">The processor's name.</param>
/// <param name="Architecture">The machine's architecture, such as <c>x86_64</c>.</param>
/// <param name="MachineId">What machine-id(5) holds: made when the system was installed, and kept.</param>
public sealed record HostFacts(string OperatingSystem, string Kernel, string Libvirt, string Qemu, string CpuModel, string Architecture, string MachineId);
