namespace KvmOperator.Api.Validation;

/// <summary>Something in a spec that cannot be.</summary>
/// <param name="Field">Where it stands: spec.ssh.port.</param>
/// <param name="Message">What is wrong and what to write instead.</param>
public sealed record SpecError(string Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field}: {Message}";
}
