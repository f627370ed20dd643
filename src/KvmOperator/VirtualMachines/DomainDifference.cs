using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines;

/// <summary>Something in which a domain differs from what it should be: one of a closed set.</summary>
/// <param name="What">In words: what will be.</param>
internal abstract record DomainDifference(string What)
{
    /// <summary>Another number of processors.</summary>
    public sealed record Vcpus(int Count) : DomainDifference($"{Count} virtual CPUs");

    /// <summary>Another amount of memory.</summary>
    public sealed record Memory(long Bytes) : DomainDifference($"{Bytes / 1024 / 1024} MiB of memory");

    /// <summary>A disk more.</summary>
    public sealed record MissingDisk(GuestDisk Disk) : DomainDifference($"disk {Disk.Path} added");

    /// <summary>A disk less.</summary>
    public sealed record ExtraDisk(string Path, string Target) : DomainDifference($"disk {Path} taken away");

    /// <summary>A network card more.</summary>
    public sealed record MissingInterface(GuestInterface Interface) : DomainDifference($"network card {Interface.MacAddress} added");

    /// <summary>A network card less.</summary>
    public sealed record ExtraInterface(string MacAddress) : DomainDifference($"network card {MacAddress} taken away");
}
