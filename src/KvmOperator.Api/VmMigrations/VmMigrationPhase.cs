using System.Text.Json.Serialization;

namespace KvmOperator.Api.VmMigrations;

/// <summary>Where a move stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VmMigrationPhase>))]
public enum VmMigrationPhase
{
    /// <summary>It waits until not too many others run.</summary>
    Pending,

    /// <summary>It is checked whether the move can work. Nothing is changed.</summary>
    Preflight,

    /// <summary>The target is made ready.</summary>
    Preparing,

    /// <summary>Memory is sent.</summary>
    Running,

    /// <summary>Both hosts are asked where the guest is.</summary>
    Verifying,

    /// <summary>The guest runs on the target and nowhere else.</summary>
    Succeeded,

    /// <summary>The guest is where it was; the condition says why.</summary>
    Failed,

    /// <summary>The guest is where it was, because somebody wanted it. Not used yet: a move is given up by deleting it, and then the object goes.</summary>
    Cancelled,
}
