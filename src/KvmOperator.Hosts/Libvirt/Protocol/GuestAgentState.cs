namespace KvmOperator.Hosts.Libvirt.Protocol;

/// <summary>Whether the agent in a guest can be asked, with libvirt's own numbers.</summary>
public enum GuestAgentState
{
    /// <summary>It can.</summary>
    Connected = 1,

    /// <summary>It cannot.</summary>
    Disconnected = 2,
}
