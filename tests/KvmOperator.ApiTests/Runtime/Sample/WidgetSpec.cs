namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>What a widget should be.</summary>
public sealed class WidgetSpec
{
    public int Size { get; set; }

    public WidgetColor? Color { get; set; }

    /// <summary>The config map that this widget is made of.</summary>
    public string? Gadget { get; set; }
}
