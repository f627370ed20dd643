using KvmOperator.Hosts.Libvirt;
using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Tests.Libvirt;

/// <summary>A domain of <see cref="SimulatedLibvirt"/>.</summary>
internal sealed class SimulatedDomain(string name, Guid uuid, string xml)
{
    public string Name { get; } = name;

    public Guid Uuid { get; } = uuid;

    /// <summary>The definition.</summary>
    public string Xml { get; set; } = xml;

    /// <summary>What runs; null when nothing does.</summary>
    public string? LiveXml { get; set; }

    public DomainState State { get; set; } = DomainState.ShutOff;

    public bool IsPersistent { get; set; } = true;

    public bool Autostart { get; set; }

    /// <summary>What libvirt does with it, and for how long it has.</summary>
    public DomainControl Control { get; set; } = new(DomainControlState.Ok, 0, TimeSpan.Zero);

    public int MaximumVcpus { get; set; } = 2;
}
