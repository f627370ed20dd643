using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What happens to a guest when its host fails, in a pool for which failover is armed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostFailurePolicy>))]
public enum HostFailurePolicy
{
    /// <summary>It is started on another host.</summary>
    Restart,

    /// <summary>It waits for its host.</summary>
    Leave,
}
