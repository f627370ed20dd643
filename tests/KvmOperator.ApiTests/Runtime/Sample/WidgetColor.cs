namespace KvmOperator.ApiTests.Runtime.Sample;

/// <summary>The colours that the program knows; the server takes any.</summary>
public enum WidgetColor
{
    Red,
    Blue,
}
