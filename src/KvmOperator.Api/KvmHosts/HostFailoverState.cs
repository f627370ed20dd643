using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>How far the failure of a machine is. From Fencing on it does not become healthy by answering: it returns.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostFailoverState>))]
public enum HostFailoverState
{
    /// <summary>Nothing answers the operator at its address. That proves nothing: nothing of it is started elsewhere.</summary>
    Silent,

    /// <summary>Nobody reaches it, not long enough yet.</summary>
    Suspected,

    /// <summary>The operator does not reach it, and somebody else does. Its guests run; nothing is done there.</summary>
    Isolated,

    /// <summary>It looks dead, and something forbids to act on that: see held.</summary>
    Held,

    /// <summary>It is being shut out of its storage.</summary>
    Fencing,

    /// <summary>Everything that can shut it out has done so.</summary>
    Fenced,

    /// <summary>Its guests are being started elsewhere.</summary>
    Recovering,

    /// <summary>No guest is being started. Some may wait for a place.</summary>
    Recovered,

    /// <summary>It answers again, and is cleaned before it is let in.</summary>
    Returning,

    /// <summary>It failed too often: its guests may leave, and none come.</summary>
    Quarantined,
}
