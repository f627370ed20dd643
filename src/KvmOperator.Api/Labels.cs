namespace KvmOperator.Api;

/// <summary>Labels by which the operator tells objects apart.</summary>
public static class Labels
{
    /// <summary>Who made an object, when it was not a person or a tool of theirs.</summary>
    public const string CreatedBy = ApiGroup.Name + "/created-by";

    /// <summary>The value of <see cref="CreatedBy"/> on what the operator made.</summary>
    public const string Operator = "operator";
}
