using System.Security.Cryptography;
using System.Text.Json;

namespace KvmOperator.Hosts.Images;

/// <summary>What cloud-init in a guest reads at its first start (the NoCloud data source).</summary>
/// <param name="InstanceId">Another one makes cloud-init begin anew.</param>
/// <param name="HostName">The guest's name.</param>
/// <param name="UserData">The user data.</param>
/// <param name="NetworkData">The network configuration; null for DHCP on every card.</param>
public sealed record CloudInitData(string InstanceId, string HostName, string UserData, string? NetworkData)
{
    /// <summary>The same for the same data, and another one for other data; it tells nothing of the data. 32 digits and capital letters.</summary>
    public string Mark => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new[] { InstanceId, HostName, UserData, NetworkData })), 0, 16);
}
