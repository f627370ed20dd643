namespace KvmOperator.Hosts.Images;

/// <summary>What cloud-init in a guest reads at its first start (the NoCloud data source).</summary>
/// <param name="InstanceId">Another one makes cloud-init begin anew.</param>
/// <param name="HostName">The guest's name.</param>
/// <param name="UserData">The user data.</param>
/// <param name="NetworkData">The network configuration; null for DHCP on every card.</param>
public sealed record CloudInitData(string InstanceId, string HostName, string UserData, string? NetworkData);
