namespace KvmOperator.Api;

/// <summary>Types of conditions that several kinds have.</summary>
public static class CommonConditions
{
    /// <summary>The spec makes sense. When False, nothing was touched.</summary>
    public const string Valid = "Valid";

    /// <summary>Sums up a long-lived object.</summary>
    public const string Ready = "Ready";

    /// <summary>Sums up an object that is done once.</summary>
    public const string Succeeded = "Succeeded";
}
