using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.Validation;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.KvmHosts;

/// <summary>Turns what was seen on a host into its status. Pure.</summary>
internal static class HostStatuses
{
    /// <summary>The status with what one look told.</summary>
    public static KvmHostStatus Observed(KvmHostStatus status, KvmHostSpec spec, HostObservation seen, int? cpuPercent)
    {
        var active = seen.Domains.Where(domain => domain.IsActive).ToList();
        var reserved = Quantities.Bytes(spec.Capacity.MemoryReserved) ?? 1L << 30;
        return status with
        {
            Capacity = new HostCapacity
            {
                Cpus = seen.Processors,
                MemoryBytes = seen.MemoryBytes,
                AllocatableCpus = (int)((long)seen.Processors * spec.Capacity.CpuOvercommitPercent / 100),
                AllocatableMemoryBytes = Math.Max(0, seen.MemoryBytes - reserved),
            },
            Usage = new HostUsage
            {
                CpuPercent = cpuPercent ?? status.Usage?.CpuPercent,
                MemoryPercent = seen.MemoryPercent,
                CpuPressurePercent = seen.Pressure is { } pressure ? (int)pressure.Cpu : null,
                MemoryPressurePercent = seen.Pressure is { } memory ? (int)memory.Memory : null,
                AllocatedCpus = active.Sum(domain => domain.Vcpus),
                AllocatedMemoryBytes = active.Sum(domain => domain.MemoryBytes),
            },
            VirtualMachineCount = seen.LibvirtAnswers ? active.Count : status.VirtualMachineCount,
            VirtualMachines = seen.LibvirtAnswers
                ? [.. active.Select(domain => domain.Owner is { } owner ? $"{owner.Namespace}/{owner.Name}" : domain.Name).Order(StringComparer.Ordinal)]
                : status.VirtualMachines,
        };
    }

    /// <summary>The status with what changes with software and hardware only.</summary>
    public static KvmHostStatus WithFacts(KvmHostStatus status, HostFacts facts, string bootId) => status with
    {
        System = new HostSystem
        {
            OperatingSystem = Known(facts.OperatingSystem),
            Kernel = Known(facts.Kernel),
            Libvirt = Known(facts.Libvirt),
            Qemu = Known(facts.Qemu),
            CpuModel = Known(facts.CpuModel),
            BootId = bootId,
        },
    };

    /// <summary>The status with who the host proved to be.</summary>
    public static KvmHostStatus WithIdentity(KvmHostStatus status, HostKey? key, PeerIdentity identity) => status with
    {
        Ssh = new HostSshStatus
        {
            HostKey = key?.OpenSshLine ?? status.Ssh?.HostKey,
            HostKeyFingerprint = key?.Fingerprint ?? status.Ssh?.HostKeyFingerprint,
            PublicKey = identity.PublicKey,
            HostKeys = identity.HostKeys,
        },
    };

    private static string? Known(string text) => text.Length > 0 ? text : null;
}
