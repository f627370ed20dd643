using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What happens to a guest when its host is drained.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvictionPolicy>))]
public enum EvictionPolicy
{
    /// <summary>It is moved while it runs.</summary>
    LiveMigrate,

    /// <summary>It is shut down and started elsewhere.</summary>
    Shutdown,

    /// <summary>The drain waits for a person.</summary>
    Block,
}
