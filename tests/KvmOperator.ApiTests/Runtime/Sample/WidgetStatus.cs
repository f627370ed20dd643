namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>What a widget is.</summary>
public sealed class WidgetStatus
{
    /// <summary>The size that the controller has made.</summary>
    public int? Size { get; set; }

    public string? Note { get; set; }

    /// <summary>Known to the type, but written by somebody else.</summary>
    public string? Foreign { get; set; }

    public IList<WidgetCondition>? Conditions { get; set; }
}
