namespace KvmOperator.Api;

/// <summary>Labels by which the operator tells objects apart.</summary>
public static class Labels
{
    /// <summary>Who made an object, when it was not a person or a tool of theirs.</summary>
    public const string CreatedBy = ApiGroup.Name + "/created-by";

    /// <summary>The value of <see cref="CreatedBy"/> on what the operator made.</summary>
    public const string Operator = "operator";

    /// <summary>On a VmMigration that the operator made: what it is for.</summary>
    public const string Purpose = ApiGroup.Name + "/purpose";

    /// <summary>The value of <see cref="Purpose"/> on a move out of a host in maintenance.</summary>
    public const string Drain = "drain";

    /// <summary>On a VmMigration that the operator made: the KvmHost that its guest is to leave. A guest that is not there any more is not moved.</summary>
    public const string LeavesHost = ApiGroup.Name + "/leaves-host";
}
