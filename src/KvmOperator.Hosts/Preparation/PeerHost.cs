namespace KvmOperator.Hosts.Preparation;

/// <summary>Another host of the pool, as this host has to know it.</summary>
/// <param name="Name">Its host name.</param>
/// <param name="Addresses">Its addresses, the one for migrations first.</param>
/// <param name="Identity">Its keys; null as long as they are unknown: then it is named, and not trusted yet.</param>
public sealed record PeerHost(string Name, IReadOnlyList<string> Addresses, PeerIdentity? Identity);
