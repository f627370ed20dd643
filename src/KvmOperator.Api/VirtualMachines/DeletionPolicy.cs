using System.Text.Json.Serialization;

namespace KvmOperator.Api.VirtualMachines;

/// <summary>What becomes of a guest's disks when its object is deleted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DeletionPolicy>))]
public enum DeletionPolicy
{
    /// <summary>They stay.</summary>
    Retain,

    /// <summary>Those that the operator made are deleted.</summary>
    Delete,
}
