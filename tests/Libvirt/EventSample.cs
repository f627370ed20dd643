using KvmOperator.Hosts.Libvirt.Protocol;

namespace KvmOperator.Tests.Libvirt;

/// <summary>One event: what libvirt tells, as JSON by its own names, and what has to come out of it.</summary>
internal sealed record EventSample(string Name, string Message, LibvirtEvent Event)
{
    public override string ToString() => Name;
}
