using KvmOperator.Hosts.Libvirt;

namespace KvmOperator.VirtualMachines.Definitions;

/// <summary>Something in which a domain differs from what it should be: one of a closed set.</summary>
/// <param name="What">In words: what will be.</param>
internal abstract record DomainDifference(string What)
{
    /// <summary>Whether it can only be written into the definition, for the next start.</summary>
    public virtual bool IsForNextStart => false;

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

    /// <summary>A network card on another network.</summary>
    /// <param name="Card">The card as it should be.</param>
    /// <param name="Xml">The whole device, which differs from what is there in its source alone.</param>
    /// <param name="Live">Whether it is what runs now, or the definition.</param>
    public sealed record OtherNetwork(GuestInterface Card, string Xml, bool Live) : DomainDifference($"network card {Card.MacAddress} on {Card.Bridge ?? Card.Network ?? "default"}");

    /// <summary>A disk on another bus.</summary>
    public sealed record OtherBus(string Path, string Bus) : DomainDifference($"disk {Path} on the bus {Bus}")
    {
        /// <inheritdoc/>
        public override bool IsForNextStart => true;
    }

    /// <summary>A network card of another model.</summary>
    public sealed record OtherModel(string MacAddress, string Model) : DomainDifference($"network card {MacAddress} as {Model}")
    {
        /// <inheritdoc/>
        public override bool IsForNextStart => true;
    }

    /// <summary>A disk without what protects it: no cache on the host, a standstill instead of an error, and an owner of its file that stays.</summary>
    public sealed record UnprotectedDisk(string Path) : DomainDifference($"disk {Path} without a cache, and the guest stopped when it cannot be written")
    {
        /// <inheritdoc/>
        public override bool IsForNextStart => true;
    }

    /// <summary>Another order of what is started from.</summary>
    public sealed record OtherBootOrder() : DomainDifference("the order of what it starts from")
    {
        /// <inheritdoc/>
        public override bool IsForNextStart => true;
    }

    /// <summary>The drive with cloud-init's data.</summary>
    public sealed record MissingCloudInit(string Path) : DomainDifference("the drive with the data for cloud-init")
    {
        /// <inheritdoc/>
        public override bool IsForNextStart => true;
    }

    /// <summary>A network card less.</summary>
    public sealed record ExtraInterface(string MacAddress) : DomainDifference($"network card {MacAddress} taken away");
}
