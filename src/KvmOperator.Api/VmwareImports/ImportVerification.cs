using KvmOperator.Api.Attributes;

namespace KvmOperator.Api.VmwareImports;

/// <summary>How it is seen that an imported guest works.</summary>
[ValidationRule("self.method != 'ConsoleText' || has(self.consoleText)", Message = "say which consoleText to wait for", FieldPath = ".consoleText")]
public sealed record ImportVerification
{
    /// <summary>What is waited for.</summary>
    [DefaultValue(VerificationMethod.Any)]
    public VerificationMethod Method { get; init; } = VerificationMethod.Any;

    /// <summary>The text that has to come on the serial console.</summary>
    [Length(1, 256)]
    [Pattern(Patterns.OneLine)]
    public string? ConsoleText { get; init; }

    /// <summary>How long it is waited for.</summary>
    [DefaultValue(600)]
    [RangeMinimum(10)]
    [RangeMaximum(7200)]
    public int TimeoutSeconds { get; init; } = 600;
}
