using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>When a guest is started and stopped.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStrategy>))]
public enum RunStrategy
{
    /// <summary>It is started again whenever it stops.</summary>
    Always,

    /// <summary>It is shut down.</summary>
    Halted,

    /// <summary>It is left as people leave it.</summary>
    Manual,

    /// <summary>It is started again when it crashed, not when it was shut down from inside.</summary>
    RerunOnFailure,
}
