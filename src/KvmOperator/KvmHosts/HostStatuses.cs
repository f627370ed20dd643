using KvmOperator.Api.KvmHosts;
using KvmOperator.Api.Validation;
using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Preparation;
using KvmOperator.Hosts.Ssh;

namespace KvmOperator.KvmHosts;

/// <summary>Turns what was seen on a host into its status. Pure.</summary>
internal static class HostStatuses
{
    /// <summary>A heartbeat is not worth a write at each look.</summary>
    private static readonly TimeSpan ShortestHeartbeatInterval = TimeSpan.FromSeconds(30);

    /// <summary>All hosts together write ten heartbeats a second at most: what changes has to go through the same API server.</summary>
    private static readonly TimeSpan HeartbeatShare = TimeSpan.FromMilliseconds(100);

    /// <summary>Numbers that move all the time are worth a write of their own only when they moved by so many points.</summary>
    private const int Points = 5;

    /// <summary>The status of a host that answered at this moment. The heartbeat moves every half minute only, less often where there are hundreds of hosts, and with it the numbers that moved little.</summary>
    /// <param name="before">The status as it was written last.</param>
    /// <param name="status">The status with what was seen since.</param>
    /// <param name="hosts">How many hosts there are.</param>
    /// <param name="now">The time.</param>
    public static KvmHostStatus Alive(KvmHostStatus before, KvmHostStatus status, int hosts, DateTime now) => before.LastHeartbeatTime is not { } last || now - last >= HeartbeatInterval(hosts)
        ? status with { LastHeartbeatTime = now }
        : before.Usage is { } old && status.Usage is { } usage && !IsFarFrom(old, usage) ? status with { Usage = old } : status;

    private static TimeSpan HeartbeatInterval(int hosts)
    {
        var share = hosts * HeartbeatShare;
        return share > ShortestHeartbeatInterval ? share : ShortestHeartbeatInterval;
    }

    private static bool IsFarFrom(HostUsage before, HostUsage now) =>
        IsFarFrom(before.CpuPercent, now.CpuPercent)
        || IsFarFrom(before.MemoryPercent, now.MemoryPercent)
        || IsFarFrom(before.CpuPressurePercent, now.CpuPressurePercent)
        || IsFarFrom(before.MemoryPressurePercent, now.MemoryPressurePercent)
        || before.AllocatedCpus != now.AllocatedCpus
        || before.AllocatedMemoryBytes != now.AllocatedMemoryBytes;

    private static bool IsFarFrom(int? before, int? now) => before is null != now is null || Math.Abs((before ?? 0) - (now ?? 0)) >= Points;

    /// <summary>Whether the machine was started anew since the look that the status tells of.</summary>
    public static bool IsRestarted(KvmHostStatus status, HostObservation seen) =>
        status.System?.BootId is { Length: > 0 } before && seen.BootId.Length > 0 && before != seen.BootId;

    /// <summary>The status with the key with which the host proved itself, once it did. It is recorded at once: from then on no other key is trusted.</summary>
    public static KvmHostStatus WithKey(KvmHostStatus status, HostKey? key) => key is null
        ? status
        : status with { Ssh = (status.Ssh ?? new HostSshStatus()) with { HostKey = key.OpenSshLine, HostKeyFingerprint = key.Fingerprint } };

    /// <summary>The status with what one look told.</summary>
    public static KvmHostStatus Observed(KvmHostStatus status, KvmHostSpec spec, HostObservation seen, int? cpuPercent)
    {
        var active = seen.Domains.Where(domain => domain.IsActive).ToList();
        var reserved = Quantities.Bytes(spec.Capacity.MemoryReserved) ?? 1L << 30;
        return status with
        {
            System = status.System is { } system && seen.BootId.Length > 0 ? system with { BootId = seen.BootId, LibvirtAccess = seen.LibvirtAccess.ToString() } : status.System,
            Capacity = new HostCapacity
            {
                Cpus = seen.Processors,
                MemoryBytes = seen.MemoryBytes,
                AllocatableCpus = (int)((long)seen.Processors * spec.Capacity.CpuOvercommitPercent / 100),
                AllocatableMemoryBytes = Math.Max(0, seen.MemoryBytes - seen.HugePagesBytes - reserved),
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

    /// <summary>Whether the machine has not said yet which versions of libvirt and QEMU it has.</summary>
    public static bool LacksVersions(KvmHostStatus status) => status.System is not { Libvirt: not null, Qemu: not null };

    /// <summary>The status with what changes with software and hardware only. What the machine did not say this time is as it was.</summary>
    public static KvmHostStatus WithFacts(KvmHostStatus status, HostFacts facts, HostObservation seen) => status with
    {
        System = new HostSystem
        {
            OperatingSystem = Known(facts.OperatingSystem) ?? status.System?.OperatingSystem,
            Kernel = Known(facts.Kernel) ?? status.System?.Kernel,
            Libvirt = Known(facts.Libvirt) ?? status.System?.Libvirt,
            Qemu = Known(facts.Qemu) ?? status.System?.Qemu,
            CpuModel = Known(facts.CpuModel) ?? status.System?.CpuModel,
            BootId = seen.BootId,
            LibvirtAccess = seen.LibvirtAccess.ToString(),
            MachineId = Known(facts.MachineId) ?? status.System?.MachineId,
            HostName = Known(facts.HostName) ?? status.System?.HostName,
            HostUuid = Known(facts.Uuid) ?? status.System?.HostUuid,
        },
    };

    /// <summary>The status with who the host is to its peers.</summary>
    public static KvmHostStatus WithIdentity(KvmHostStatus status, PeerIdentity identity) => status with
    {
        Ssh = (status.Ssh ?? new HostSshStatus()) with { PublicKey = identity.PublicKey, HostKeys = identity.HostKeys },
    };

    /// <summary>Whether the status tells who the host is to its peers.</summary>
    public static bool HasIdentity(KvmHostStatus status, PeerIdentity identity) =>
        status.Ssh is { PublicKey: { } key } ssh && new PeerIdentity(key, ssh.HostKeys).Equals(identity);

    private static string? Known(string text) => text.Length > 0 ? text : null;
}
