namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>One condition of a widget.</summary>
public sealed class WidgetCondition
{
    public string Type { get; set; } = string.Empty;

    public string? Status { get; set; }

    public string? Reason { get; set; }
}
