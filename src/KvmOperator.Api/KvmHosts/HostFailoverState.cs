using System.Text.Json.Serialization;

namespace KvmOperator.Api.KvmHosts;

/// <summary>How far the failure of a machine is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HostFailoverState>))]
public enum HostFailoverState
{
    /// <summary>Nothing answers at its address. That proves nothing: nothing of it is started elsewhere.</summary>
    Silent,
}
