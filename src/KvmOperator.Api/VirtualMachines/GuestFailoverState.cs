using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>How far the start of a guest elsewhere is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GuestFailoverState>))]
public enum GuestFailoverState
{
    /// <summary>Its new host is written down; it may be defined and started there, or be about to.</summary>
    Starting,

    /// <summary>It was seen running there.</summary>
    Started,
}
