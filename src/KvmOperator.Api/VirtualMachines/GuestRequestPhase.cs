using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>How far a request is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GuestRequestPhase>))]
public enum GuestRequestPhase
{
    /// <summary>It was begun.</summary>
    InProgress,

    /// <summary>It was done.</summary>
    Done,

    /// <summary>It is not done; the message says why.</summary>
    Refused,
}
